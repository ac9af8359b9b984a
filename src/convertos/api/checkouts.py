"""`/api/checkouts`: what was begun, and perhaps not finished."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field

from convertos.api.contract import Answer, Instant, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import NarrowedWork, Paging, Work, may
from convertos.api.ledger import FirstDay, LastDay, Search, money
from convertos.ledger.reading import activity as ledger
from convertos.ledger.reading.model import Checkout, CheckoutFilters, Stage
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/checkouts", "Checkouts")

Reader = Annotated[Caller, may(Right.ORDERS_READ)]


class CheckoutShape(Shape):
    """A checkout."""

    id: UUID
    client_id: UUID
    contact_id: UUID | None
    platform: str
    store_domain: str
    event_type: Annotated[Stage, Field(description="How far it came.")]
    checkout_token: str
    funnel_id: str | None
    step_id: str | None
    email: str | None
    total: Annotated[str | None, Field(description="Decimal, in `currency`.")]
    currency: str | None
    occurred_at: Annotated[Instant, Field(description="When something happened last.")]
    started_at: Instant | None
    abandoned_at: Instant | None
    completed_at: Instant | None
    order_id: Annotated[UUID | None, Field(description="The order that it became.")]


class CheckoutAnswer(Answer):
    """One checkout."""

    checkout: CheckoutShape


class CheckoutsAnswer(PageAnswer):
    """Some checkouts."""

    checkouts: list[CheckoutShape]


def checkout_shape(checkout: Checkout) -> CheckoutShape:
    """A checkout as it is shown."""
    known = {name: getattr(checkout, name) for name in checkout.__struct_fields__ if name != "checkout_id"}
    return CheckoutShape(
        id=checkout.checkout_id,
        event_type=checkout.stage,
        **known | {"total": money(checkout.total, checkout.currency)},
    )


@router.get("")
async def list_checkouts(
    _: Reader,
    work: NarrowedWork,
    paging: Paging,
    *,
    contact_id: Annotated[UUID | None, Query(alias="contactId", description="Of this contact.")] = None,
    event_type: Annotated[
        Stage | None, Query(alias="eventType", description="Only those that came so far and no further.")
    ] = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    search: Annotated[
        Search, Query(max_length=200, description="A part of an e-mail address, or a token.")
    ] = None,
) -> CheckoutsAnswer:
    """List checkouts, those where something happened last first."""
    filters = CheckoutFilters(
        contact_id=contact_id, stage=event_type, first_day=first_day, last_day=last_day, search=search
    )
    page = await ledger.list_checkouts(work, filters, limit=paging.limit, cursor=paging.cursor)
    checkouts = [checkout_shape(checkout) for checkout in page.items]
    return CheckoutsAnswer(checkouts=checkouts, next_cursor=page.next_cursor)


@router.get("/{checkout_id}")
async def read_checkout(checkout_id: UUID, _: Reader, work: Work) -> CheckoutAnswer:
    """Read one checkout."""
    return CheckoutAnswer(checkout=checkout_shape(await ledger.read_checkout(work, checkout_id)))
