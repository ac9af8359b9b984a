"""`/api/docs`: the interactive reference, served by ourselves.

Swagger UI works under a policy without inline scripts or styles; Scalar's puts its styles into the page at run
time and does not (docs/decisions/api-reference.md). Its files come from npm with the pages' (`static/vendor`).
"""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from convertos.api.contract_route import API_PREFIX

router = APIRouter(prefix=API_PREFIX, include_in_schema=False)

_ASSETS = "/static/reference/vendor"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>API reference · ConvertOS</title>
<link rel="stylesheet" href="{_ASSETS}/swagger-ui.css">
<script defer src="{_ASSETS}/swagger-ui.js"></script>
<script defer src="{API_PREFIX}/docs/start.js"></script>
</head>
<body>
<main id="reference">
<p>The interactive reference needs JavaScript. The same for machines:
<a href="{API_PREFIX}/openapi.json">{API_PREFIX}/openapi.json</a></p>
</main>
</body>
</html>
"""

_START = f"""SwaggerUIBundle({{
  dom_id: "#reference",
  url: "{API_PREFIX}/openapi.json",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  // Else it asks a server elsewhere whether the document is valid.
  validatorUrl: null,
}});
"""


@router.get("/docs")
async def reference() -> Response:
    """The page."""
    return HTMLResponse(_PAGE, headers={"content-security-policy": _POLICY})


@router.get("/docs/start.js")
async def start() -> Response:
    """What starts it: a file of its own, because the policy allows no script in the page."""
    return Response(_START, media_type="text/javascript")
