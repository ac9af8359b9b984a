"""`/api/connections`: the sources of a client's data, their secrets, their events."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query, Request
from pydantic import Field, StringConstraints

from convertos.api.contract import Answer, Instant, Line, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import (
    NarrowedWork,
    Paging,
    Work,
    after_commit,
    database_of,
    installation_of,
    may,
)
from convertos.api.problem_answers import problems
from convertos.connections import change, create
from convertos.connections.model import Connection
from convertos.connections.plugin_package import facts_of, plugin_folder
from convertos.connections.plugin_versions import PluginAge, age_of
from convertos.connections.sites import SiteSoftware, software_of
from convertos.core.errors import InvalidError
from convertos.core.installation import Installation
from convertos.core.settings import Settings
from convertos.ingest import received, trial
from convertos.ingest.model import Health, ReceiptStatus, ReceivedRow, Traffic
from convertos.platforms import platform_of
from convertos.sync.disconnect import end_connection
from convertos.tenancy.clients import read_client
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/connections", "Connections")

Reader = Annotated[Caller, may(Right.CONNECTIONS_READ)]
Writer = Annotated[Caller, may(Right.CONNECTIONS_WRITE)]
EventReader = Annotated[Caller, may(Right.EVENTS_READ)]

ConnectionId = Annotated[str, Field(description="Its id, or its public id.")]
EventId = Annotated[str, Field(description="Its `id`, or its `eventId`, which its sender made.")]
Networks = Annotated[
    list[Annotated[str, StringConstraints(max_length=60)]],
    Field(max_length=100, description="Where deliveries may come from; empty for anywhere."),
]
Moment = Annotated[
    str, StringConstraints(max_length=40), Field(examples=["2026-11-01", "2026-11-01T09:30:00Z"])
]
Config = Annotated[
    dict[str, Any],
    Field(description="Switches: `allowsSha512`, `requiresTimestamp`, `requiresSignature`."),
]


class NewConnection(Shape):
    """A connection to be made."""

    client_id: UUID
    type: Annotated[str, StringConstraints(max_length=40), Field(examples=["wordpress", "woocommerce"])]
    name: Line
    domain: Annotated[
        str | None, Field(max_length=300, description="The shop's; the client's own where it is not named.")
    ] = None
    config: Config = Field(default_factory=dict)
    allowed_networks: Networks = Field(default_factory=list)
    secret: Annotated[
        str | None,
        Field(max_length=200, description="Only where the sender makes it: Shopify's client secret."),
    ] = None


class ConnectionChanges(Shape):
    """What is to be another; what is not named stays."""

    name: Line | None = None
    status: Annotated[
        Literal["active", "paused"] | None, Field(description="A paused one keeps what comes, unprocessed.")
    ] = None
    config: Annotated[dict[str, Any] | None, Field(description="Merged; null removes a member.")] = None
    allowed_networks: Networks | None = None


class LastError(Shape):
    """Why the newest delivery that failed could not be processed."""

    code: str | None
    message: str | None
    at: Instant | None


class Statistics(Shape):
    """What came, and what became of it; days are UTC days."""

    events_today: int
    events7d: Annotated[int, Field(alias="events7d")]
    events_total: int
    duplicates: int
    waiting: Annotated[int, Field(description="Not processed yet.")]
    failed: Annotated[int, Field(description="Could not be processed; replay them when the reason is gone.")]
    rejected: Annotated[int, Field(description="Turned away at the door, and not kept.")]
    rejections: Annotated[dict[str, int], Field(description="By reason.")]
    last_rejection: str | None
    last_rejected_at: Instant | None
    last_error: LastError | None
    last_seen_at: Instant | None


class SiteShape(Shape):
    """What runs on a WordPress site, as its plugin told last."""

    software: Annotated[
        dict[str, str], Field(examples=[{"plugin": "1.0.0", "wordpress": "6.8.1", "php": "8.2.7"}])
    ]
    told_at: Instant
    plugin_age: Annotated[
        PluginAge, Field(description="`unsupported`: older than this server works with; update it.")
    ]
    latest_plugin_version: str


class ConnectionShape(Shape):
    """A connection with its statistics."""

    id: UUID
    client_id: UUID
    type: str
    name: str
    domain: str | None
    status: Annotated[str, Field(examples=["active", "paused", "deleted"])]
    webhook_url: str
    connection_id: Annotated[str, Field(description="Public; what the sender names.")]
    config: dict[str, Any]
    allowed_networks: list[str]
    created_at: Instant
    last_seen_at: Instant | None
    health: Annotated[
        Health,
        Field(description="`degraded`: something failed, or was refused since the last good delivery."),
    ]
    statistics: Statistics
    site: Annotated[SiteShape | None, Field(description="Null where no plugin told.")] = None


class ConnectionAnswer(Answer):
    """One connection."""

    connection: ConnectionShape


class IssuedConnectionShape(ConnectionShape):
    """A new connection, with what is shown only here."""

    connection_secret: Annotated[str, Field(description="Signs deliveries; shown only here.")]
    api_key: Annotated[str | None, Field(description="For the entity API; shown only here.")] = None
    connection_string: Annotated[str | None, Field(description="All of it in one paste.")] = None


class IssuedConnectionAnswer(Answer):
    """One new connection."""

    connection: IssuedConnectionShape


class ConnectionsAnswer(PageAnswer):
    """Some connections."""

    connections: list[ConnectionShape]


class RotatedAnswer(Answer):
    """A new secret."""

    new_secret: Annotated[str, Field(description="Shown only here.")]
    message: str
    previous_secret_expires_at: Instant


class StepShape(Shape):
    """One step of a test."""

    step: Annotated[str, Field(examples=["sign", "deliver", "keep", "process"])]
    ok: bool
    detail: str


class TestAnswer(Answer):
    """What became of a test event."""

    passed: bool
    event_id: str
    steps: list[StepShape]


class EventShape(Shape):
    """A received event."""

    id: UUID
    event_id: str
    event_type: str
    signature_valid: Annotated[bool, Field(description="Always true: nothing else is kept.")] = True
    processed: bool
    status: ReceiptStatus
    seen_via: Annotated[str, Field(examples=["webhook", "plugin", "sync", "api"])]
    received_at: Instant
    processed_at: Instant | None
    attempts: int
    error: Annotated[str | None, Field(description="Why it could not be processed.")]
    note: Annotated[str | None, Field(description="Why it changed nothing.")]


class EventsAnswer(PageAnswer):
    """Some events."""

    events: list[EventShape]


class WholeEventShape(EventShape):
    """An event as it came."""

    headers: dict[str, str]
    payload: Annotated[str, Field(description="The body, byte for byte.")]


class EventAnswer(Answer):
    """One event."""

    event: WholeEventShape


class ReplayOrder(Shape):
    """Which events to process once more."""

    status: Annotated[ReceiptStatus | None, Field(description="Only those in this state.")] = None
    from_: Annotated[
        Moment | None, Field(alias="from", description="A day in the client's time zone, or an instant.")
    ] = None
    to: Annotated[Moment | None, Field(description="A day, all of it; or an instant, without it.")] = None


class ReplayAnswer(Answer):
    """How many events were queued."""

    replayed: int


def shape_of(
    connection: Connection, traffic: Traffic, settings: Settings, told: SiteSoftware | None = None
) -> ConnectionShape:
    """A connection as the contract has it."""
    has_error = traffic.last_error_at is not None
    return ConnectionShape(
        id=connection.connection_id,
        client_id=connection.client_id,
        type=connection.type,
        name=connection.name,
        domain=connection.domain,
        status=connection.status,
        webhook_url=webhook_url(connection, settings),
        connection_id=connection.public_id,
        config=connection.config,
        allowed_networks=[str(network.network) for network in connection.allowed_networks],
        created_at=connection.created_at,
        last_seen_at=traffic.last_seen_at,
        health=traffic.health(connection),
        statistics=Statistics(
            events_today=traffic.events_today,
            events7d=traffic.events_7d,
            events_total=traffic.events_total,
            duplicates=traffic.duplicates,
            waiting=traffic.waiting,
            failed=traffic.failed,
            rejected=traffic.rejected,
            rejections=dict(traffic.rejections),
            last_rejection=traffic.last_rejection,
            last_rejected_at=traffic.last_rejected_at,
            last_error=LastError(
                code=traffic.last_error_code, message=traffic.last_error, at=traffic.last_error_at
            )
            if has_error
            else None,
            last_seen_at=traffic.last_seen_at,
        ),
        site=_site(told) if told is not None else None,
    )


def _site(told: SiteSoftware) -> SiteShape:
    latest = facts_of(plugin_folder()).version
    return SiteShape(
        software=told.software,
        told_at=told.told_at,
        plugin_age=age_of(told.software.get("plugin"), latest),
        latest_plugin_version=latest,
    )


def webhook_url(connection: Connection, settings: Settings) -> str:
    """Where the connection's deliveries are sent."""
    platform = platform_of(connection.type)
    path = platform.address(connection.public_id)[0] if platform else ""
    return f"{settings.base_url}{path}"


async def _shape(work: Work, connection: Connection, installation: Installation) -> ConnectionShape:
    number = connection.connection_id
    traffic = await received.traffic_of(work, [connection])
    told = await software_of(work, [number])
    return shape_of(connection, traffic[number], installation.settings, told.get(number))


def _forget(request: Request, connection: Connection) -> None:
    """Let the door ask afresh, once the change is on disk; other processes do within two seconds."""
    after_commit(request, lambda: request.app.state.directory.forget(connection.public_id))


@router.post("", status_code=201, responses=problems(404))
async def create_connection(
    new: NewConnection, caller: Writer, work: Work, request: Request
) -> IssuedConnectionAnswer:
    """Create a connection. What its site needs to know is shown only in this answer."""
    installation = installation_of(request)
    issued = await create.add_connection(work, caller, installation, **new.model_dump())
    shape = await _shape(work, issued.connection, installation)
    return IssuedConnectionAnswer(
        connection=IssuedConnectionShape(
            **shape.model_dump(),
            connection_secret=issued.secret,
            api_key=issued.api_key,
            connection_string=issued.connection_string,
        )
    )


@router.get("")
async def list_connections(
    _: Reader, work: NarrowedWork, paging: Paging, request: Request
) -> ConnectionsAnswer:
    """List connections with their statistics, oldest first."""
    page = await change.list_connections(work, limit=paging.limit, cursor=paging.cursor)
    traffic = await received.traffic_of(work, page.items)
    told = await software_of(work, [each.connection_id for each in page.items])
    settings = installation_of(request).settings
    shapes = [
        shape_of(each, traffic[each.connection_id], settings, told.get(each.connection_id))
        for each in page.items
    ]
    return ConnectionsAnswer(connections=shapes, next_cursor=page.next_cursor)


@router.get("/{connection_id}")
async def read_connection(
    connection_id: ConnectionId, _: Reader, work: Work, request: Request
) -> ConnectionAnswer:
    """Read one connection with its statistics."""
    found = await change.read_connection(work, connection_id)
    return ConnectionAnswer(connection=await _shape(work, found, installation_of(request)))


@router.patch("/{connection_id}")
async def change_connection(
    connection_id: ConnectionId, changes: ConnectionChanges, caller: Writer, work: Work, request: Request
) -> ConnectionAnswer:
    """Rename, pause or resume a connection, or set its switches and its allow-list."""
    named: dict[str, Any] = changes.model_dump(exclude_unset=True)
    given = {name: value for name, value in named.items() if value is not None}
    after = await change.change_connection(work, caller, connection_id, given)
    _forget(request, after)
    return ConnectionAnswer(connection=await _shape(work, after, installation_of(request)))


@router.delete("/{connection_id}")
async def delete_connection(
    connection_id: ConnectionId, caller: Writer, work: Work, request: Request
) -> Answer:
    """Stop a connection for good, and take our webhooks away from its store. What it collected stays."""
    _forget(request, await end_connection(work, caller, connection_id))
    return Answer()


@router.post("/{connection_id}/rotate-secret")
async def rotate_secret(
    connection_id: ConnectionId, caller: Writer, work: Work, request: Request
) -> RotatedAnswer:
    """Make a new secret. The present one verifies for 24 hours more, so nothing is lost meanwhile."""
    found = await change.read_connection(work, connection_id)
    issued = await change.rotate_secret(work, caller, installation_of(request).vault, connection_id)
    _forget(request, found)
    assert issued.previous_expires_at is not None  # noqa: S101 - a rotation replaces one
    return RotatedAnswer(
        new_secret=issued.secret,
        message="Enter the new secret at the sender. The one before it is taken for 24 hours more.",
        previous_secret_expires_at=issued.previous_expires_at,
    )


@router.post("/{connection_id}/test")
async def try_connection(connection_id: ConnectionId, _: Writer, work: Work, request: Request) -> TestAnswer:
    """Send a signed test event through the door and report each step."""
    found = await change.read_connection(work, connection_id)
    secret = await change.present_secret(work, installation_of(request).vault, found)
    result = await trial.try_connection(request.app.state.door, database_of(request), found, secret)
    return TestAnswer(
        passed=result.is_passed,
        event_id=result.event_id,
        steps=[StepShape(step=step.step, ok=step.is_ok, detail=step.detail) for step in result.steps],
    )


@router.get("/{connection_id}/events")
async def list_events(
    connection_id: ConnectionId,
    _: Reader,
    work: Work,
    paging: Paging,
    event_type: Annotated[str | None, Query(alias="type", max_length=200)] = None,
    status: ReceiptStatus | None = None,
) -> EventsAnswer:
    """List what a connection received, newest first."""
    found = await change.read_connection(work, connection_id)
    page = await received.list_events(
        work, found, limit=paging.limit, cursor=paging.cursor, event_type=event_type, status=status
    )
    return EventsAnswer(
        events=[EventShape(**_event(row)) for row in page.items], next_cursor=page.next_cursor
    )


def _event(row: ReceivedRow) -> dict[str, Any]:
    return {
        "id": row.receipt_id,
        "event_id": row.event_id,
        "event_type": row.event_type,
        "processed": row.status in {ReceiptStatus.PROCESSED, ReceiptStatus.IGNORED},
        "status": ReceiptStatus(row.status),
        "seen_via": row.door,
        "received_at": row.received_at,
        "processed_at": row.processed_at,
        "attempts": row.attempts,
        "error": row.error,
        "note": row.note,
    }


@router.get("/{connection_id}/events/{event_id}")
async def read_event(
    connection_id: ConnectionId, event_id: EventId, _: EventReader, work: Work
) -> EventAnswer:
    """Read one event with its headers and its body, as they came."""
    found = await change.read_connection(work, connection_id)
    receipt_id = await received.named_event(work, found, event_id)
    row, headers, payload = await received.read_whole_event(work, found, receipt_id)
    return EventAnswer(event=WholeEventShape(**_event(row), headers=headers, payload=payload))


@router.post("/{connection_id}/events/{event_id}/replay", status_code=202)
async def replay_event(
    connection_id: ConnectionId, event_id: EventId, caller: Writer, work: Work
) -> ReplayAnswer:
    """Process one event once more."""
    found = await change.read_connection(work, connection_id)
    receipt_id = await received.named_event(work, found, event_id)
    return ReplayAnswer(replayed=await received.replay_event(work, caller, found, receipt_id))


@router.post("/{connection_id}/replay", status_code=202)
async def replay_events(
    connection_id: ConnectionId, order: ReplayOrder, caller: Writer, work: Work
) -> ReplayAnswer:
    """Process many events once more: those that failed, or all of a time. What is known already changes nothing."""
    found = await change.read_connection(work, connection_id)
    zone = ZoneInfo((await read_client(work, found.client_id)).timezone)
    count = await received.replay_events(
        work,
        caller,
        found,
        status=order.status,
        since=_instant("from", order.from_, zone, days=0),
        until=_instant("to", order.to, zone, days=1),
    )
    return ReplayAnswer(replayed=count)


def _instant(name: str, moment: str | None, zone: ZoneInfo, *, days: int) -> datetime | None:
    """When a day begins in a time zone (`days` later), or an instant as it is."""
    if moment is None:
        return None
    try:
        if len(moment) == len("2026-11-01"):
            day = date.fromisoformat(moment) + timedelta(days=days)
            return datetime.combine(day, time(), zone)
        instant = datetime.fromisoformat(moment)
    except (ValueError, OverflowError) as error:
        raise InvalidError.field(name, "This is no day (2026-11-01) and no time (RFC 3339).") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
