"""What routes ask for: who is calling, the request's transaction, which clients, which part of a list.

A route declares its right (`may(Right.ORDERS_READ)`), and that is also what OpenAPI and the tests of every
route go by.
"""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from hmac import compare_digest
from types import TracebackType
from typing import Annotated, Any, NamedTuple, Self
from uuid import UUID

from fastapi import Depends, Query, Request

from convertos.core.database import Database, Transaction
from convertos.core.errors import ForbiddenError, TooManyRequestsError, UnauthenticatedError
from convertos.core.http import is_same_origin
from convertos.core.installation import Installation
from convertos.core.limits import Allowance, RateLimit, RateLimiter
from convertos.core.pagination import DEFAULT_LIMIT, LARGEST_LIMIT
from convertos.core.settings import Settings
from convertos.sync.stores import Stores
from convertos.tenancy.authenticate import Authenticator
from convertos.tenancy.log_in import LogIn
from convertos.tenancy.model import Caller
from convertos.tenancy.passwords import Passwords
from convertos.tenancy.rights import Right
from convertos.tenancy.sessions import SESSION_COOKIE

CSRF_HEADER = "x-csrf-token"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_MINUTE = 60


async def authenticate(request: Request) -> Caller:
    """Whoever is calling, counted against their limit; found out once for a request.

    Raises:
        UnauthenticatedError: nobody we know.
        ForbiddenError: a browser was made to send this by another site.
        TooManyRequestsError: the caller, or the address of many who are unknown, is over its limit.
    """
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        try:
            caller = await _find_caller(request)
        except UnauthenticatedError:
            await demand_allowance(request, f"address:{address_of(request)}")
            raise
        request.state.caller = caller
        await demand_allowance(request, caller.label)
    return caller


async def _find_caller(request: Request) -> Caller:
    authenticator: Authenticator = request.app.state.authenticator
    kind, _, credential = request.headers.get("authorization", "").partition(" ")
    if kind:
        if kind.lower() != "bearer" or not credential:
            raise UnauthenticatedError("Send Authorization: Bearer and an API key or access token.")
        return await authenticator.bearer(credential.strip())
    cookie = request.cookies.get(SESSION_COOKIE)
    if not cookie:
        raise UnauthenticatedError("Sign in, or send a valid API key or access token.")
    session = await authenticator.session(cookie)
    if request.method not in _SAFE_METHODS:
        _refuse_other_sites(request, session.csrf_token)
    request.state.session = session
    return session.caller


def _refuse_other_sites(request: Request, csrf_token: str) -> None:
    is_ours = compare_digest(request.headers.get(CSRF_HEADER, "").encode(), csrf_token.encode())
    if not is_ours and not is_same_origin(request.headers, settings_of(request).base_url):
        raise ForbiddenError(
            "This was not sent from a page of ConvertOS. Send X-CSRF-Token as well.", code="csrf_failed"
        )


async def count(request: Request, who: str) -> Allowance:
    """Count a request for somebody; the answer's headers will tell what is left."""
    limiter: RateLimiter = request.app.state.limiter
    limit = RateLimit(settings_of(request).api_rate_per_minute, _MINUTE)
    allowance = await limiter.take(limit, who)
    request.state.allowance = allowance
    return allowance


async def demand_allowance(request: Request, who: str) -> None:
    """Count a request for somebody, and refuse it where they are over their limit.

    Raises:
        TooManyRequestsError: they are.
    """
    allowance = await count(request, who)
    if not allowance.is_allowed:
        raise TooManyRequestsError(
            f"At most {allowance.limit.amount} requests in {allowance.limit.seconds} s. Wait, then try again.",
            retry_after_seconds=allowance.reset_seconds,
        )


class UnitOfWork:
    """The one transaction of a request: opened when it is first asked for, committed before the answer goes.

    Whatever the request raises rolls it back.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stack = AsyncExitStack()
        self._transaction: Transaction | None = None
        self._afterwards: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, traceback)
        if error is None:
            for call in self._afterwards:
                call()

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call something when everything is on disk, and not at all where it is rolled back."""
        self._afterwards.append(call)

    async def transaction(self, caller: Caller) -> Transaction:
        """The transaction, inside the caller's walls."""
        if self._transaction is None:
            opening = self._database.transaction(caller.scope)
            self._transaction = await self._stack.enter_async_context(opening)
        return self._transaction


def after_commit(request: Request, call: Callable[[], None]) -> None:
    """Call something when the request's transaction is on disk, before the answer goes."""
    unit: UnitOfWork = request.state.unit
    unit.after_commit(call)


class May:
    """A route's demand for a right; `None` for everybody who is known.

    Attributes:
        ways: how the caller may say who they are; names of the OpenAPI document's security schemes.
        is_by_address: whether somebody may be known and still call from a wrong place.
    """

    ways: Sequence[str] = ("bearer", "session")
    is_by_address = False

    def __init__(self, right: Right | None) -> None:
        self.right = right

    async def __call__(self, request: Request) -> Caller:
        """The caller, who has the right.

        Raises:
            ForbiddenError: the caller lacks it.
        """
        caller = await authenticate(request)
        if self.right is not None:
            caller.demand(self.right)
        return caller


def may(right: Right | None = None) -> Any:
    """Says at a route who may call it; the route gets the caller.

    As in `caller: Annotated[Caller, may(Right.CLIENTS_READ)]`.
    """
    return Depends(May(right))


async def _work(request: Request) -> Transaction:
    unit: UnitOfWork = request.state.unit
    return await unit.transaction(await authenticate(request))


Work = Annotated[Transaction, Depends(_work)]
"""The request's transaction, for all clients of the caller."""

ClientIds = Annotated[
    list[UUID] | None,
    Query(alias="clientId", max_length=LARGEST_LIMIT, description="Only these clients; repeatable."),
]


async def _narrowed_work(request: Request, client_ids: ClientIds = None) -> Transaction:
    caller = await authenticate(request)
    scope = caller.narrowed(tuple(client_ids or ()))
    unit: UnitOfWork = request.state.unit
    return Transaction((await unit.transaction(caller)).connection, scope)


NarrowedWork = Annotated[Transaction, Depends(_narrowed_work)]
"""The request's transaction, for the clients that `clientId` names (each must be the caller's), else all."""


class PageRequest(NamedTuple):
    """Which part of a list is asked for."""

    limit: int
    cursor: str | None


def _page_request(
    limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT, description="How many at most.")] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None,
        Query(max_length=2000, description="`nextCursor` of the answer before; absent for the first part."),
    ] = None,
) -> PageRequest:
    return PageRequest(limit, cursor)


Paging = Annotated[PageRequest, Depends(_page_request)]
"""`limit` and `cursor` of a list."""


def installation_of(request: Request) -> Installation:
    """This installation: its settings and keys."""
    installation: Installation = request.app.state.installation
    return installation


def settings_of(request: Request) -> Settings:
    """How this installation runs."""
    return installation_of(request).settings


def passwords_of(request: Request) -> Passwords:
    """What hashes and checks passwords."""
    passwords: Passwords = request.app.state.passwords
    return passwords


def database_of(request: Request) -> Database:
    """The database, for what can't happen in the request's own transaction (a stream, a call to a shop)."""
    database: Database = request.app.state.database
    return database


def stores_of(request: Request) -> Stores:
    """The way to the stores of clients; calls take time, so never within the request's own transaction."""
    stores: Stores = request.app.state.stores
    return stores


def log_in_of(request: Request) -> LogIn:
    """What checks who somebody is by their password."""
    log_in: LogIn = request.app.state.log_in
    return log_in


def address_of(request: Request) -> str:
    """Where a request came from, as far as trusted proxies tell."""
    return request.client.host if request.client else "unknown"
