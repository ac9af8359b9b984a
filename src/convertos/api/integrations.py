"""`/api/integrations`: stores that are connected by their keys, and what is pulled from them."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Request
from pydantic import Field, StringConstraints

from convertos.api.contract import Answer, Instant, Line, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import (
    NarrowedWork,
    Paging,
    Work,
    after_commit,
    installation_of,
    may,
    stores_of,
)
from convertos.api.problem_answers import problems
from convertos.api.syncs import SyncShape, shape_of_sync
from convertos.core.clock import system_clock
from convertos.core.errors import InvalidError
from convertos.platforms import all_store_platforms
from convertos.sync import connect, overview, request
from convertos.sync.disconnect import disconnect
from convertos.sync.model import AccessEntry, Integration, SyncKind, SyncReason
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/integrations", "Store integrations")
older = resource("/woocommerce", "Store integrations")

Reader = Annotated[Caller, may(Right.CONNECTIONS_READ)]
Writer = Annotated[Caller, may(Right.CONNECTIONS_WRITE)]
IntegrationId = Annotated[str, Field(description="The connection's id, or its public id.")]
Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    Field(examples=["https://shop.example"]),
]
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class WooCommerceKeys(Shape):
    """A WooCommerce store and its keys."""

    client_id: UUID
    store_url: Address
    consumer_key: Key
    consumer_secret: Key
    name: Line | None = None


class OlderWooCommerceKeys(Shape):
    """The same, as it was spelled before."""

    client_id: Annotated[UUID | None, Field(description="May be left out by who has one client.")] = None
    url: Address
    consumer_key: Key
    consumer_secret: Key


class SyncOrder(Shape):
    """What to pull."""

    full: Annotated[bool, Field(description="Everything again, not only what changed.")] = False
    entities: Annotated[list[Literal["customers", "orders", "products"]], Field(max_length=3)] = Field(
        default_factory=list
    )


class CautionShape(Shape):
    """Something that works but should be known."""

    code: str
    message: str
    advice: str


class IntegrationShape(Shape):
    """A connected store."""

    id: UUID
    client_id: UUID
    connection_id: Annotated[str, Field(description="Public; what the store names in its deliveries.")]
    platform: str
    name: str
    store_url: str | None
    status: Annotated[
        str, Field(examples=["active", "syncing", "paused", "reconnect_needed", "not_connected"])
    ]
    error: Annotated[str | None, Field(description="Why the store takes the keys no longer.")]
    cautions: list[CautionShape]
    details: Annotated[dict[str, str], Field(description="What the store says of itself.")]
    last_sync_at: Instant | None
    sync_id: Annotated[UUID | None, Field(description="The sync that waits or runs.")]
    synced_contacts: int
    synced_orders: int
    synced_products: int
    completeness: Annotated[
        float | None,
        Field(description="Percent of the store's objects that are here as they are there."),
    ]
    completeness_checked_at: Instant | None
    healed: Annotated[int | None, Field(description="By the last reconciliation.")]


class IntegrationAnswer(Answer):
    """One connected store."""

    integration: IntegrationShape


class IntegrationsAnswer(PageAnswer):
    """Some connected stores."""

    integrations: list[IntegrationShape]


class ConnectedAnswer(IntegrationAnswer):
    """A store that was connected."""

    message: str
    sync_id: UUID


class SyncStartedAnswer(Answer):
    """A sync that will run soon."""

    sync_id: UUID


class SyncsAnswer(PageAnswer):
    """Some syncs."""

    syncs: list[SyncShape]


class CallShape(Shape):
    """One call to a store."""

    id: UUID
    at: Instant
    method: str
    host: str
    path: str
    purpose: str
    status: int | None
    error: str | None
    attempt: int
    bytes: int
    milliseconds: int


class CallsAnswer(PageAnswer):
    """Some calls to a store."""

    calls: list[CallShape]


def shape_of(integration: Integration) -> IntegrationShape:
    """A connected store as the contract has it."""
    return IntegrationShape(
        id=integration.connection_id,
        client_id=integration.client_id,
        connection_id=integration.public_id,
        platform=integration.type,
        name=integration.name,
        store_url=integration.address or integration.domain,
        status=overview.status_of(integration),
        error=integration.refused,
        cautions=[CautionShape(**caution) for caution in integration.cautions or ()],
        details=integration.details or {},
        last_sync_at=integration.last_sync_at,
        sync_id=integration.running_id,
        synced_contacts=integration.contacts,
        synced_orders=integration.orders,
        synced_products=integration.products,
        completeness=overview.completeness_of(integration),
        completeness_checked_at=integration.reconciled_at,
        healed=integration.healed,
    )


def _call(entry: AccessEntry) -> CallShape:
    fields = {name: getattr(entry, name) for name in CallShape.model_fields if hasattr(entry, name)}
    return CallShape(**fields, id=entry.call_id, at=entry.called_at)


@router.get("")
async def list_integrations(_: Reader, work: NarrowedWork, paging: Paging) -> IntegrationsAnswer:
    """List the connected stores, oldest first."""
    page = await overview.list_integrations(work, limit=paging.limit, cursor=paging.cursor)
    return IntegrationsAnswer(
        integrations=[shape_of(each) for each in page.items], next_cursor=page.next_cursor
    )


@router.post("/woocommerce/connect", status_code=201, responses=problems(404))
async def connect_woocommerce(
    keys: WooCommerceKeys, caller: Writer, http_request: Request
) -> ConnectedAnswer:
    """Connect a WooCommerce store: its keys are tried and kept, webhooks and the first sync follow."""
    credentials = {"consumer_key": keys.consumer_key, "consumer_secret": keys.consumer_secret}
    caller.demand_client(keys.client_id)
    return await _connect(
        http_request, caller, keys.store_url, credentials, client_id=keys.client_id, name=keys.name
    )


@older.post("/configure", status_code=201, responses=problems(404))
async def configure_woocommerce(
    keys: OlderWooCommerceKeys, caller: Writer, http_request: Request
) -> ConnectedAnswer:
    """Connect a WooCommerce store; the older spelling."""
    credentials = {"consumer_key": keys.consumer_key, "consumer_secret": keys.consumer_secret}
    client_id = keys.client_id or _only_client(caller)
    caller.demand_client(client_id)
    return await _connect(http_request, caller, keys.url, credentials, client_id=client_id)


def _only_client(caller: Caller) -> UUID:
    if len(caller.scope.client_ids) != 1:
        raise InvalidError.field("clientId", "Say which client the store belongs to.")
    return caller.scope.client_ids[0]


async def _connect(
    http_request: Request,
    caller: Caller,
    address: str,
    credentials: dict[str, str],
    *,
    client_id: UUID,
    name: str | None = None,
) -> ConnectedAnswer:
    stores, platform = stores_of(http_request), all_store_platforms()["woocommerce"]
    proven = await connect.prove(stores, platform, connect.store_address(address), credentials)
    installation = installation_of(http_request)
    async with stores.work(caller.scope) as work:
        connected = await connect.keep_store(
            work, caller, installation, stores, proven, client_id=client_id, name=name
        )
        found = await overview.read_integration(work, connected.connection.public_id)
    return ConnectedAnswer(
        integration=shape_of(found),
        message="Configuration saved! Setting up purchase tracking…",
        sync_id=connected.sync_id,
    )


@router.get("/{integration_id}")
async def read_integration(integration_id: IntegrationId, _: Reader, work: Work) -> IntegrationAnswer:
    """Read one connected store."""
    return IntegrationAnswer(integration=shape_of(await overview.read_integration(work, integration_id)))


@router.delete("/{integration_id}")
async def disconnect_store(
    integration_id: IntegrationId, caller: Writer, work: Work, http_request: Request
) -> IntegrationAnswer:
    """Disconnect a store: our webhooks there and its keys here are deleted, what was collected stays."""
    found = await overview.read_integration(work, integration_id)
    await disconnect(work, caller, found.public_id)
    after_commit(http_request, lambda: http_request.app.state.directory.forget(found.public_id))
    return IntegrationAnswer(integration=shape_of(found))


@router.post("/{integration_id}/sync", status_code=202, responses=problems(409))
async def start_sync(
    integration_id: IntegrationId, order: SyncOrder, _: Writer, work: Work
) -> SyncStartedAnswer:
    """Pull what changed, or everything, soon; one that waits already is the one that is meant."""
    connection = await request.find_syncable(work, integration_id)
    kind = SyncKind.FULL if order.full else SyncKind.INCREMENTAL
    sync_id = await request.request_sync(
        work, connection, kind=kind, reason=SyncReason.HAND, entities=order.entities
    )
    return SyncStartedAnswer(sync_id=sync_id)


@router.get("/{integration_id}/syncs")
async def list_syncs(integration_id: IntegrationId, _: Reader, work: Work, paging: Paging) -> SyncsAnswer:
    """The history of a store's syncs, newest first."""
    connection = await request.find_syncable(work, integration_id)
    page, progress = await request.list_syncs(work, connection, limit=paging.limit, cursor=paging.cursor)
    now = system_clock()
    shapes = [shape_of_sync(sync, progress[sync.sync_id], now) for sync in page.items]
    return SyncsAnswer(syncs=shapes, next_cursor=page.next_cursor)


@router.get("/{integration_id}/access-log")
async def read_access_log(
    integration_id: IntegrationId, _: Reader, work: Work, paging: Paging
) -> CallsAnswer:
    """Every call to a store, newest first."""
    found = await overview.read_integration(work, integration_id)
    page = await overview.read_access_log(
        work, found.client_id, found.connection_id, limit=paging.limit, cursor=paging.cursor
    )
    return CallsAnswer(calls=[_call(each) for each in page.items], next_cursor=page.next_cursor)
