"""`Idempotency-Key`: the same request, sent again, has one effect and one answer.

The key, what the request does and its answer are one transaction. So two at the same time wait for each other,
the second is given the first one's answer, and a request that failed leaves nothing behind.

Source: api.md; draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from convertos.api.problems import Problem
from convertos.core.database import Transaction
from convertos.core.errors import ConflictError
from convertos.core.installation import Installation
from convertos.tenancy.model import Caller
from convertos.tenancy.repeats import GivenAnswer, claim_key, keep_answer

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


async def once(
    request: Request,
    caller: Caller,
    transaction: Transaction,
    run: Callable[[Request], Awaitable[Response]],
) -> Response:
    """Run a request, unless it was answered before: then give that answer.

    Raises:
        Problem: the key is malformed.
        ConflictError: the key was used for another request.
    """
    key = request.headers["idempotency-key"].strip()
    if not _KEY.fullmatch(key):
        raise Problem(400, "idempotency_key_invalid", "An Idempotency-Key is 1 to 255 printable characters.")
    installation: Installation = request.app.state.installation
    digest = await _digest(request)
    given = await claim_key(transaction, installation.vault, caller, key, digest)
    if given is not None:
        if given.request_hash != digest:
            raise ConflictError(
                "This Idempotency-Key was used for another request. Use a new one.",
                code="idempotency_key_reused",
            )
        headers = {"idempotent-replayed": "true"}
        return Response(given.body, given.status, headers, given.media_type)
    response = await run(request)
    if isinstance(response.body, bytes):
        answer = GivenAnswer(
            digest, response.status_code, response.headers.get("content-type"), response.body
        )
        await keep_answer(transaction, installation.vault, caller, key, answer)
    return response


async def _digest(request: Request) -> bytes:
    digest = hashlib.sha256()
    for part in (request.method.encode(), request.scope["path"].encode(), request.scope["query_string"]):
        digest.update(len(part).to_bytes(4) + part)
    digest.update(await request.body())
    return digest.digest()
