"""Who calls the entity API: a site, by the key of its connection, and by its signature where that is demanded.

Source: api.md, "Who may call"; docs/reference/plugin-protocol.md, "Headers".
"""

from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Request

from convertos.api.dependencies import May, Work, address_of, database_of, demand_allowance, installation_of
from convertos.api.problems import Problem
from convertos.connections.sites import Site, find_site
from convertos.core.clock import system_clock
from convertos.core.errors import UnauthenticatedError
from convertos.platforms import RefusedError
from convertos.platforms.wordpress import signature
from convertos.tenancy.model import ActorKind, Caller

API_KEY = "x-api-key"
_WRONG_KEY = "Send the connection's key as X-API-Key."


class MaySite(May):
    """A route's demand for a site's key; found out before the body is looked at."""

    ways = ("siteKey",)
    is_by_address = True

    def __init__(self) -> None:
        super().__init__(None)

    async def __call__(self, request: Request) -> Caller:
        """The site as a caller, who sees its own client only."""
        site: Site | None = getattr(request.state, "site", None)
        if site is None:
            site = await _find(request)
            request.state.site = site
            request.state.caller = _caller(site)
            await demand_allowance(request, request.state.caller.label)
        caller: Caller = request.state.caller
        return caller


async def _find(request: Request) -> Site:
    installation = installation_of(request)
    key = request.headers.get(API_KEY, "").strip()
    site = await find_site(database_of(request), installation.vault, installation.token_hasher, key)
    if site is None:
        await demand_allowance(request, f"address:{address_of(request)}")
        raise UnauthenticatedError(_WRONG_KEY)
    try:
        address = ip_address(address_of(request))
    except ValueError:
        address = None
    if not site.allows(address):
        raise Problem(403, "address_not_allowed", "This connection does not take calls from your address.")
    return site


def _caller(site: Site) -> Caller:
    return Caller(
        kind=ActorKind.CONNECTION,
        actor_id=site.connection_id,
        name=site.name,
        scope=site.scope,
        rights=frozenset(),
    )


async def _signed(request: Request, _: Annotated[Caller, Depends(MaySite())]) -> Site:
    """The site, whose signature was checked where there is one or has to be."""
    site: Site = request.state.site
    is_signed = signature.SIGNATURE in request.headers
    if is_signed or site.requires_signature:
        try:
            body = await request.body()
            signature.verify(request.headers, body, system_clock(), site.secrets, site.rules)
        except RefusedError as refused:
            raise Problem(401, refused.refusal.value, refused.detail) from None
    request.state.is_signed = is_signed
    return site


SigningSite = Annotated[Site, Depends(_signed)]
"""The calling site."""


async def _pushing(site: SigningSite, _: Work) -> Site:
    if site.is_paused:
        detail = "This connection is paused. Resume it in ConvertOS, then push again."
        raise Problem(503, "connection_paused", detail, {"retry-after": "300"})
    return site


PushingSite = Annotated[Site, Depends(_pushing)]
"""The calling site, which may push at the moment."""
