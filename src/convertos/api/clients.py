"""`/api/clients`: the brands whose data is walled off from each other."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field, StringConstraints

from convertos.api.contract import Answer, Instant, Line, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import Paging, Work, after_commit, may
from convertos.api.problem_answers import problems
from convertos.attribution.source_tables import Category
from convertos.records import format_amount
from convertos.tenancy import clients
from convertos.tenancy.model import Caller, Client
from convertos.tenancy.rights import Right

router = resource("/clients", "Clients")

Reader = Annotated[Caller, may(Right.CLIENTS_READ)]
Writer = Annotated[Caller, may(Right.CLIENTS_WRITE)]

Host = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    Field(description="A domain; an address is taken too.", examples=["shop.example"]),
]
Timezone = Annotated[str, Field(max_length=64, description="IANA name.", examples=["Europe/Athens"])]


class SourceAlias(Shape):
    """A client's own name for a source."""

    alias: Annotated[Line, Field(description="As it stands in `utm_source`, or a host.")]
    source: Annotated[Line, Field(description="What it is called in reports.")]
    category: Annotated[
        Category | None, Field(description="What kind of place it is; ours, where the source is known to us.")
    ] = None


class NewClient(Shape):
    """A client to be made."""

    name: Line
    domain: Host | None = None
    timezone: Timezone
    currency: Annotated[
        str | None,
        Field(
            max_length=3,
            description="ISO 4217; without it, the one that is paid with in the time zone.",
            examples=["EUR"],
        ),
    ] = None


class ClientChanges(Shape):
    """What is to be another; what is not named stays."""

    name: Line | None = None
    domain: Host | None = None
    timezone: Timezone | None = None
    lookback_days: Annotated[
        int | None, Field(ge=1, le=365, description="For orders that come from now on.")
    ] = None
    excludes_tax: bool | None = None
    excludes_shipping: bool | None = None
    high_value_threshold: Annotated[Decimal | None, Field(ge=0, lt=10**12, decimal_places=4)] = None
    source_aliases: Annotated[
        list[SourceAlias] | None, Field(max_length=500, description="For arrivals from now on.")
    ] = None
    own_domains: Annotated[
        list[Host] | None, Field(max_length=200, description="Hosts of its own, so no source of revenue.")
    ] = None


class ClientShape(Shape):
    """A client."""

    id: UUID
    name: str
    slug: str
    domain: str | None
    timezone: str
    currency: str
    status: Annotated[str, Field(examples=["active", "erasing"])]
    lookback_days: int
    excludes_tax: bool
    excludes_shipping: bool
    high_value_threshold: Annotated[str, Field(description="Decimal, in `currency`.")]
    source_aliases: list[SourceAlias]
    own_domains: list[str]
    created_at: Instant


class ClientAnswer(Answer):
    """One client."""

    client: ClientShape


class ClientsAnswer(PageAnswer):
    """Some clients."""

    clients: list[ClientShape]


def _shape(client: Client) -> ClientShape:
    return ClientShape(
        id=client.client_id,
        name=client.name,
        slug=client.slug,
        domain=client.domain,
        timezone=client.timezone,
        currency=client.currency,
        status=client.status,
        lookback_days=client.lookback_days,
        excludes_tax=client.excludes_tax,
        excludes_shipping=client.excludes_shipping,
        high_value_threshold=format_amount(client.high_value_threshold, client.currency),
        source_aliases=[SourceAlias.model_validate(alias) for alias in client.source_aliases],
        own_domains=client.own_domains,
        created_at=client.created_at,
    )


@router.post("", status_code=201, responses=problems(409))
async def create_client(new: NewClient, caller: Writer, work: Work) -> ClientAnswer:
    """Create a client; its slug is made from its name."""
    client = await clients.add_client(work, caller, **new.model_dump())
    return ClientAnswer(client=_shape(client))


@router.get("")
async def list_clients(_: Reader, work: Work, paging: Paging) -> ClientsAnswer:
    """List the clients that you can see, oldest first."""
    page = await clients.list_clients(work, limit=paging.limit, cursor=paging.cursor)
    return ClientsAnswer(clients=[_shape(client) for client in page.items], next_cursor=page.next_cursor)


@router.get("/{client_id}")
async def read_client(client_id: UUID, _: Reader, work: Work) -> ClientAnswer:
    """Read one client."""
    return ClientAnswer(client=_shape(await clients.read_client(work, client_id)))


@router.patch("/{client_id}")
async def change_client(client_id: UUID, changes: ClientChanges, caller: Writer, work: Work) -> ClientAnswer:
    """Change a client. Another time zone, or other rules of what revenue is, has all its sums made anew."""
    named: dict[str, Any] = changes.model_dump(exclude_unset=True)
    given = {name: value for name, value in named.items() if value is not None or name == "domain"}
    return ClientAnswer(client=_shape(await clients.change_client(work, caller, client_id, given)))


@router.delete("/{client_id}", status_code=202)
async def erase_client(
    client_id: UUID,
    caller: Writer,
    work: Work,
    request: Request,
    confirm: Annotated[str, Query(max_length=200, description="The client's slug.")],
) -> ClientAnswer:
    """Erase a client with all its data: out of reach at once, erased in the background."""
    erasing = await clients.erase(work, caller, client_id, confirm)
    after_commit(request, lambda: request.app.state.directory.forget_client(client_id))
    return ClientAnswer(client=_shape(erasing))
