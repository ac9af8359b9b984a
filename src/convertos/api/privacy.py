"""`/api/privacy`: what stores demanded for their customers' privacy, and what became of it."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from convertos.api.contact_shapes import ContactShape, contact_members
from convertos.api.contract import Answer, Instant, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import NarrowedWork, Paging, Work, may
from convertos.core.database import Transaction
from convertos.core.errors import NotFoundError
from convertos.ledger.reading import contacts as ledger
from convertos.privacy import answering
from convertos.privacy.model import PrivacyDemand
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/privacy/demands", "Contacts")

Reader = Annotated[Caller, may(Right.CONTACTS_READ)]
Writer = Annotated[Caller, may(Right.CONTACTS_WRITE)]


class DemandShape(Shape):
    """A demand and what became of it."""

    id: UUID
    client_id: UUID
    integration_id: UUID
    kind: Annotated[str, Field(examples=["tell_person", "erase_person", "erase_store"])]
    reference: Annotated[str | None, Field(description="The platform's own number for it.")]
    status: Annotated[
        str,
        Field(description="`open`: you have to answer it by `dueAt`.", examples=["open", "done", "refused"]),
    ]
    contact_ids: Annotated[list[UUID], Field(description="Whom it is about, as far as they were known.")]
    demanded_at: Instant
    due_at: Instant
    done_at: Instant | None


class WholeDemandShape(DemandShape):
    """A demand with what is kept of those whom it is about."""

    contacts: list[ContactShape]


class DemandAnswer(Answer):
    """One demand."""

    demand: WholeDemandShape


class DemandsAnswer(PageAnswer):
    """Some demands."""

    demands: list[DemandShape]


def _members(demand: PrivacyDemand) -> dict[str, Any]:
    named = {name: getattr(demand, name) for name in DemandShape.model_fields if hasattr(demand, name)}
    return named | {"id": demand.demand_id, "integration_id": demand.connection_id}


async def _whole(work: Transaction, demand: PrivacyDemand) -> DemandAnswer:
    contacts = []
    for contact_id in demand.contact_ids:
        try:
            contact = await ledger.read_contact(work, contact_id)
        except NotFoundError:
            continue  # erased since
        contacts.append(ContactShape(**contact_members(contact)))
    return DemandAnswer(demand=WholeDemandShape(**_members(demand), contacts=contacts))


@router.get("")
async def list_privacy_demands(_: Reader, work: NarrowedWork, paging: Paging) -> DemandsAnswer:
    """List what stores demanded for their customers' privacy, newest first."""
    page = await answering.list_demands(work, limit=paging.limit, cursor=paging.cursor)
    return DemandsAnswer(
        demands=[DemandShape(**_members(each)) for each in page.items], next_cursor=page.next_cursor
    )


@router.get("/{demand_id}")
async def read_privacy_demand(demand_id: UUID, _: Reader, work: Work) -> DemandAnswer:
    """Read one demand with what is kept of those whom it is about; what they did is their timeline."""
    return await _whole(work, await answering.read_demand(work, demand_id))


@router.post("/{demand_id}/done")
async def answer_privacy_demand(demand_id: UUID, caller: Writer, work: Work) -> DemandAnswer:
    """Note that you have answered a request for data."""
    return await _whole(work, await answering.mark_answered(work, caller, demand_id))
