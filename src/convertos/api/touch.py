"""`POST /api/touch`: an arrival at a site, told by a script on its page.

Anybody can read the site key in the page, so what is told here is only believed from pages of the connection's own
domain, and is never more than an arrival of a browser.

Source: api.md; docs/reference/plugin-protocol.md, "Touches".
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from convertos.api.contract_route import API_PREFIX, resource
from convertos.api.dependencies import address_of, demand_allowance
from convertos.api.problem_answers import problems
from convertos.api.problems import Problem
from convertos.api.spelling import camel
from convertos.connections.directory import Directory, DoorConnection
from convertos.core.addresses import normal_domain
from convertos.core.clock import system_clock
from convertos.core.errors import InvalidError
from convertos.core.ids import new_id
from convertos.ingest.keep import Keeper, new_receipt
from convertos.platforms import Delivery, Locator

router = resource("/touch", "Touches")

_PLATFORM, _DOOR, _EVENT = "wordpress", "api", "touch.recorded"
_LARGEST = 16 * 1024
_KINDS = ("application/json", "text/plain")
_SCHEMA = {
    "type": "object",
    "required": ["siteKey", "visitorId", "url"],
    "properties": {
        "siteKey": {"type": "string", "description": "The connection's public id: `wp_…`."},
        "visitorId": {"type": "string", "maxLength": 100, "description": "The browser's first-party cookie."},
        "url": {"type": "string", "maxLength": 2000, "description": "The page, with its query."},
        "referrer": {"type": "string", "maxLength": 2000},
        "consent": {"type": "boolean", "default": True, "description": "`false`: nothing is kept."},
    },
}
_BODY = {
    "requestBody": {"required": True, "content": {kind: {"schema": _SCHEMA} for kind in _KINDS}},
}

Short = Annotated[str, Meta(min_length=1, max_length=100)]
Address = Annotated[str, Meta(max_length=2000)]


class _Arrival(msgspec.Struct, rename="camel"):
    site_key: Short
    visitor_id: Short
    url: Address
    referrer: Address | None = None
    consent: bool | None = None


@router.post("", status_code=204, openapi_extra=_BODY, responses=problems(400, 403, 413, 415, 422))
async def record_touch(request: Request) -> Response:
    """Tell of an arrival at a site. Without consent nothing is kept."""
    await demand_allowance(request, f"touch:{address_of(request)}")
    arrival = _read(await request.body(), request.headers.get("content-type", ""))
    origin = request.headers.get("origin", "")
    connection = await _connection(request.app.state.directory, arrival.site_key, origin)
    if arrival.consent is not False:
        await _keep(request.app.state.keeper, connection, arrival, system_clock())
    return Response(status_code=204, headers=_allowed(origin))


def _allowed(origin: str) -> dict[str, str]:
    return {"access-control-allow-origin": origin, "vary": "Origin"}


def _read(body: bytes, kind: str) -> _Arrival:
    if kind.partition(";")[0].strip().lower() not in _KINDS:
        raise Problem(415, "content_type", "Send application/json, or text/plain from a beacon.")
    if len(body) > _LARGEST:
        raise Problem(413, "too_large", f"The body is larger than {_LARGEST} bytes.")
    try:
        content = msgspec.json.decode(body, type=dict[str, Any])
        return msgspec.convert({camel(name): value for name, value in content.items()}, _Arrival)
    except msgspec.ValidationError as error:
        raise InvalidError.field("body", f"{error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "malformed_json", "The body is not valid JSON in UTF-8.") from None


async def _connection(directory: Directory, site_key: str, origin: str) -> DoorConnection:
    locator = Locator(site_key)
    found = directory.remembered(locator) or await directory.find_afresh(locator)
    for connection in found:
        if connection.type == _PLATFORM and _is_within(origin, connection.domain):
            return connection
    raise Problem(403, "origin_not_allowed", "This page does not belong to the site of this key.")


def _is_within(origin: str, domain: str | None) -> bool:
    host = normal_domain(origin) if origin.startswith(("http://", "https://")) else None
    return bool(host and domain and (host == domain or host.endswith(f".{domain}")))


async def _keep(keeper: Keeper, connection: DoorConnection, arrival: _Arrival, now: datetime) -> None:
    event_id = str(new_id())
    event: Mapping[str, object] = {
        "event_id": event_id,
        "event_type": _EVENT,
        "timestamp": now.isoformat(),
        "data": {
            "visitor_id": arrival.visitor_id,
            "landing_page": arrival.url,
            "referrer": arrival.referrer or None,
        },
    }
    receipt = new_receipt(
        Delivery((event_id,), _EVENT, event_id, msgspec.json.encode(event)),
        client_id=connection.client_id,
        connection_id=connection.connection_id,
        door=_DOOR,
        headers=b"{}",
        received_at=now,
    )
    await keeper.keep(receipt)


preflight = APIRouter(prefix=API_PREFIX, include_in_schema=False)


@preflight.options("/touch")
async def allow_touch(request: Request) -> Response:
    """What a browser asks before it sends JSON to another origin; which origin may is seen with the key."""
    headers = {
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "86400",
    }
    return Response(status_code=204, headers=headers | _allowed(request.headers.get("origin", "*")))
