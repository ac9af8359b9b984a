"""`/api/webhooks/setup`: the webhooks that stores send us, set up without the user."""

from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import Field, StringConstraints

from convertos.api.contract import Answer, Instant, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import Work, installation_of, may, stores_of
from convertos.api.problem_answers import problems
from convertos.core.database import TenantScope
from convertos.core.errors import ConflictError, UnavailableError
from convertos.platforms.remote import RemoteError, RemoteUnavailableError
from convertos.sync import overview
from convertos.sync.look_after import look_after
from convertos.sync.model import Integration, WebhookHealth
from convertos.sync.stores import Stores
from convertos.sync.webhooks import overall, take_down
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/webhooks", "Webhooks out")

Reader = Annotated[Caller, may(Right.CONNECTIONS_READ)]
Writer = Annotated[Caller, may(Right.CONNECTIONS_WRITE)]
Domain = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Store = Literal["woocommerce", "shopify"]


class SetupOrder(Shape):
    """What to do with a store's webhooks."""

    domain: Annotated[Domain, Field(examples=["shop.example"])]
    platform: Store
    action: Literal["register", "check", "delete"]


class WebhookShape(Shape):
    """One webhook of ours in a store."""

    topic: str
    id: Annotated[str, Field(description="The store's own.")]
    status: Annotated[str, Field(examples=["active", "disabled", "missing"], description="The store's word.")]
    health: Annotated[WebhookHealth, Field(description="`degraded`: it was off, and is on again.")]
    delivery_url: str
    last_delivery_at: Instant | None
    checked_at: Instant
    error: str | None


class SetupAnswer(Answer):
    """What was done."""

    platform: str
    webhook_id: Annotated[str | None, Field(description="Of the first webhook; `webhooks` has all.")]
    message: str
    webhooks: list[WebhookShape]


class SetupStateAnswer(Answer):
    """How a store's webhooks are, as they were last seen."""

    exists: bool
    active: bool
    health: WebhookHealth
    webhook_id: str | None
    delivery_url: str | None
    webhooks: list[WebhookShape]


@router.post("/setup", responses=problems(404, 409))
async def set_up_webhooks(order: SetupOrder, caller: Writer, http_request: Request) -> SetupAnswer:
    """Register, check and mend, or delete our webhooks in a store."""
    stores = stores_of(http_request)
    async with stores.work(caller.scope) as work:
        found = await overview.integration_at(work, order.platform, order.domain)
    base_url = installation_of(http_request).settings.base_url
    message = await _act(stores, caller.scope, found, order.action, base_url)
    async with stores.work(caller.scope) as work:
        webhooks = await overview.read_webhooks(work, found.client_id, found.connection_id)
    shapes = [_shape(each) for each in webhooks]
    return SetupAnswer(
        platform=order.platform,
        webhook_id=shapes[0].id if shapes else None,
        message=message,
        webhooks=shapes,
    )


async def _act(stores: Stores, scope: TenantScope, found: Integration, action: str, base_url: str) -> str:
    try:
        if action == "delete":
            count = await take_down(stores, scope, found.client_id, found.connection_id, base_url)
            return f"{count} webhooks deleted."
        webhooks = await look_after(stores, scope, found.client_id, found.connection_id, base_url)
    except RemoteUnavailableError as error:
        raise UnavailableError(
            f"{error.message} {error.advice}".strip(), code=error.code, retry_after_seconds=60
        ) from error
    except RemoteError as error:
        raise ConflictError(f"{error.message} {error.advice}".strip(), code=error.code) from error
    health = overall(webhooks)
    good = sum(webhook.health != WebhookHealth.BROKEN for webhook in webhooks)
    return f"{good} of {len(webhooks)} webhooks are on ({health.value})."


@router.get("/setup", responses=problems(404))
async def read_webhook_setup(
    _: Reader,
    work: Work,
    domain: Annotated[Domain, Query(description="The shop's.")],
    platform: Annotated[Store, Query()],
) -> SetupStateAnswer:
    """How our webhooks in a store are, as they were last seen."""
    found = await overview.integration_at(work, platform, domain)
    webhooks = await overview.read_webhooks(work, found.client_id, found.connection_id)
    shapes = [_shape(each) for each in webhooks]
    health = overall([each.known for each in webhooks])
    return SetupStateAnswer(
        exists=bool(shapes),
        active=health is not WebhookHealth.BROKEN,
        health=health,
        webhook_id=shapes[0].id if shapes else None,
        delivery_url=shapes[0].delivery_url if shapes else None,
        webhooks=shapes,
    )


def _shape(webhook: overview.Webhook) -> WebhookShape:
    known = webhook.known
    return WebhookShape(
        topic=known.topic,
        id=known.remote_id,
        status=known.remote_status,
        health=WebhookHealth(known.health),
        delivery_url=known.delivery_url,
        last_delivery_at=webhook.last_delivery_at,
        checked_at=known.checked_at,
        error=known.error,
    )
