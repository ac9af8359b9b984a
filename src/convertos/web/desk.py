"""What a signed-in person works at: who they are, whose data they look at, for which days, and how it is shown."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request
from markupsafe import Markup
from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse, RedirectResponse, Response

from convertos.core.clock import system_clock
from convertos.core.database import Database, TenantScope, Transaction
from convertos.core.errors import NotFoundError, UnauthenticatedError
from convertos.core.installation import Installation
from convertos.tenancy.authenticate import Authenticator
from convertos.tenancy.clients import list_clients
from convertos.tenancy.model import Caller, Client, OpenSession
from convertos.tenancy.rights import Right
from convertos.tenancy.sessions import SESSION_COOKIE
from convertos.web.forms import CSRF_FIELD, Form, demand_own_page, demand_token, read_form
from convertos.web.navigation import HOME, places_for
from convertos.web.notices import COOKIE as NOTICE_COOKIE
from convertos.web.notices import Mood, leave_notice, read_notice
from convertos.web.ranges import COMPARISONS, PRESETS, Preset, Range, models, read_range
from convertos.web.show import Show, locale_of, zone_of
from convertos.web.templating import Templates

THEME_COOKIE = "convertos_theme"
THEMES = ("light", "dark")
FILTERS = ("channel", "source", "medium", "campaign")
"""What can be looked at alone; stays in the address while somebody moves between pages."""
MOST_CLIENTS = 1000
_SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Desk:
    """One request of somebody who is signed in.

    Attributes:
        clients: that the person may see, by name.
        client: the one that is looked at; `None` while there is none.
        form: what was sent; already known to come from our own page.
    """

    request: Request
    session: OpenSession
    clients: Sequence[Client]
    client: Client | None
    range: Range
    show: Show
    form: Form = field(default_factory=Form)

    # -- who ---------------------------------------------------------------------------------------------

    @property
    def caller(self) -> Caller:
        """Who it is."""
        return self.session.caller

    @property
    def initials(self) -> str:
        """The first letters of the first two words of the name."""
        return "".join(word[0] for word in self.caller.name.split()[:2]).upper() or "?"

    def may(self, right: str) -> bool:
        """Whether the person has a right."""
        return Right(right) in self.caller.rights

    @property
    def csrf_field(self) -> Markup:
        """What every form of this session sends along."""
        return Markup('<input type="hidden" name="{}" value="{}">').format(
            CSRF_FIELD, self.session.csrf_token
        )

    # -- what ---------------------------------------------------------------------------------------------

    @property
    def database(self) -> Database:
        """Where the data is."""
        database: Database = self.request.app.state.database
        return database

    def work(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction for all that the person may see."""
        return self.database.transaction(self.caller.scope)

    def client_work(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction for the client that is looked at.

        Raises:
            NotFoundError: there is no client yet.
        """
        return self.database.transaction(self.scope)

    @property
    def installation(self) -> Installation:
        """What this server is set up with."""
        installation: Installation = self.request.app.state.installation
        return installation

    @property
    def scope(self) -> TenantScope:
        """The client that is looked at, and nothing else.

        Raises:
            NotFoundError: there is no client yet.
        """
        return self.caller.narrowed((self.chosen.client_id,))

    @property
    def chosen(self) -> Client:
        """The client that is looked at.

        Raises:
            NotFoundError: there is none yet.
        """
        if self.client is None:
            raise NotFoundError("There is no client yet.")
        return self.client

    @property
    def filters(self) -> dict[str, str]:
        """What is looked at alone, by its name."""
        query = self.request.query_params
        return {name: query[name] for name in FILTERS if query.get(name)}

    # -- where ---------------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """The page's address without its query."""
        return self.request.url.path

    @property
    def here(self) -> str:
        """The page's address as it is."""
        return _address(self.path, self.request.query_params)

    def kept(self) -> dict[str, str]:
        """What stays in the address while somebody moves between pages."""
        return {**self._client(), **self.range.parameters(), **self.filters}

    def _client(self) -> dict[str, str]:
        return {"client": self.client.slug} if self.client and len(self.clients) > 1 else {}

    def link(self, path: str, **more: str) -> str:
        """Another page, for the same client and days."""
        return _address(path, {**self.kept(), **more})

    def unfiltered(self, path: str) -> str:
        """A page with nothing left out: every source, the usual days."""
        return _address(path, self._client())

    def way_to(self, path: str) -> str:
        """Another page where the reader may see its place, else nothing."""
        places = [place for group in places_for(self.caller.rights) for place in group]
        return self.link(path) if any(place.holds(path) for place in places) else ""

    def here_with(self, **changes: str | None) -> str:
        """This page with some parameters changed, or dropped where they are `None`."""
        query: dict[str, str] = {
            **self.request.query_params,
            **{k: v for k, v in changes.items() if v is not None},
        }
        dropped = {"cursor", *(name for name, value in changes.items() if value is None)}
        return _address(self.path, {name: value for name, value in query.items() if name not in dropped})

    def kept_without(self, *names: str) -> list[tuple[str, str]]:
        """The page's parameters but for some, for the hidden fields of a form."""
        return [(name, value) for name, value in self.request.query_params.items() if name not in names]

    def client_link(self, client: Client) -> str:
        """The page's place for another client; a thing of one client is not another's."""
        places = [place for group in places_for(self.caller.rights) for place in group]
        holding = [place.path for place in places if place.holds(self.path)]
        path = holding[0] if holding else self.path
        return _address(path, {"client": client.slug, **self.range.parameters()})

    # -- how -----------------------------------------------------------------------------------------------

    @property
    def range_label(self) -> str:
        """The days that are looked at, in words."""
        return self.range.label or self.show.period(*self.range.period)

    @property
    def compared_label(self) -> str | None:
        """The days that they are compared with, in words."""
        return self.show.period(*self.range.compared) if self.range.compared else None

    @property
    def zone_name(self) -> str:
        """The time zone whose days are meant."""
        return self.client.timezone if self.client else "UTC"

    @property
    def presets(self) -> Sequence[Preset]:
        """The ranges that can be chosen."""
        return PRESETS

    @property
    def comparisons(self) -> Mapping[str, str]:
        """The comparisons that can be chosen."""
        return COMPARISONS

    @property
    def models(self) -> Mapping[str, str]:
        """The models that can be chosen."""
        return models()

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page inside the frame."""
        templates: Templates = self.request.app.state.templates
        places = places_for(self.caller.rights)
        notice = read_notice(self.request)
        content = templates.render(
            template,
            desk=self,
            show=self.show,
            places=places,
            phone_places=[place for group in places for place in group if place.is_on_phone],
            shortcuts=json.dumps({place.key: self.link(place.path) for group in places for place in group}),
            theme=theme_of(self.request),
            notice=notice,
            **context,
        )
        headers = {
            # What a page shows belongs to one person; a browser's "back" may show it again, a proxy may not.
            "cache-control": "private, no-store",
            # Pages that somebody points at are fetched before the click.
            "speculation-rules": f'"{templates.url("prefetch.speculationrules")}"',
        }
        response = HTMLResponse(content, status, headers)
        if notice is not None:
            response.delete_cookie(NOTICE_COOKIE)
        return response

    def go(self, path: str, notice: str | None = None, mood: Mood = "good", **more: str) -> Response:
        """Lead to another page, which says what was done."""
        response = RedirectResponse(self.link(path, **more), 303)
        if notice is not None:
            leave_notice(response, notice, mood)
        return response

    def go_home(self, notice: str) -> Response:
        """Lead to the first client's overview, where the one that was looked at is no more."""
        response = RedirectResponse(HOME, 303)
        leave_notice(response, notice)
        return response


def _address(path: str, query: Mapping[str, str] | QueryParams) -> str:
    pairs = query.multi_items() if isinstance(query, QueryParams) else list(query.items())
    return f"{path}?{urlencode(pairs)}" if pairs else path


def theme_of(request: Request) -> str | None:
    """Light or dark, where the reader chose."""
    theme = request.cookies.get(THEME_COOKIE)
    return theme if theme in THEMES else None


async def open_session(request: Request) -> OpenSession:
    """Whoever is signed in with this browser.

    Raises:
        UnauthenticatedError: nobody.
    """
    cookie = request.cookies.get(SESSION_COOKIE)
    if not cookie:
        raise UnauthenticatedError("Sign in first.")
    authenticator: Authenticator = request.app.state.authenticator
    session = await authenticator.session(cookie)
    request.state.caller = session.caller
    return session


async def open_desk(request: Request) -> Desk:
    """The desk of whoever is signed in; a form is read and checked here, so that no page can forget to.

    Raises:
        UnauthenticatedError: nobody is signed in.
        ForbiddenError: a form does not come from a page of this session.
    """
    session = await open_session(request)
    form = Form()
    if request.method not in _SAFE_METHODS:
        installation: Installation = request.app.state.installation
        demand_own_page(request, installation.settings.base_url)
        form = await read_form(request)
        demand_token(request, form, session.csrf_token)
    database: Database = request.app.state.database
    async with database.transaction(session.caller.scope) as transaction:
        clients = (await list_clients(transaction, limit=MOST_CLIENTS)).items
    clients = sorted(clients, key=lambda client: client.name.casefold())
    client = _chosen(clients, request.query_params.get("client"))
    now = system_clock()
    zone = zone_of(client.timezone if client else "UTC")
    show = Show(locale_of(request.headers.get("accept-language", "")), zone, now)
    return Desk(request, session, clients, client, read_range(request.query_params, show.today), show, form)


def _chosen(clients: Sequence[Client], slug: str | None) -> Client | None:
    if slug is None:
        return clients[0] if clients else None
    found = next((client for client in clients if client.slug == slug), None)
    if found is None:
        raise NotFoundError("There is no such client.")
    return found


At = Annotated[Desk, Depends(open_desk)]
"""What a page for everybody who is signed in asks for."""


class AtDesk:
    """A page's demand for a right."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, desk: At) -> Desk:
        """The desk of somebody who has the right.

        Raises:
            ForbiddenError: the reader lacks it.
        """
        desk.caller.demand(self.right)
        return desk


def at(right: Right) -> Any:
    """Says at a page what its reader must be allowed; the page gets the desk.

    As in `desk: Annotated[Desk, at(Right.ORDERS_READ)]`.
    """
    return Depends(AtDesk(right))
