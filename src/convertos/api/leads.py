"""`/api/leads`: forms that people filled in."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from convertos.api.contract import Answer, Instant, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import NarrowedWork, Paging, Work, may
from convertos.api.ledger import FirstDay, LastDay, Search, SourceName, SourceShape, source_shape
from convertos.attribution.credited import earned_by, sources_of
from convertos.ledger.reading import activity as ledger
from convertos.ledger.reading.model import Lead, LeadFilters
from convertos.records import Source
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/leads", "Leads")

Reader = Annotated[Caller, may(Right.CONTACTS_READ)]


class LeadShape(Shape):
    """A form that somebody filled in."""

    id: UUID
    client_id: UUID
    contact_id: UUID | None
    platform: str
    store_domain: str
    form_plugin: Annotated[str | None, Field(examples=["wpforms"])]
    form_id: str | None
    form_name: str | None
    email: str | None
    name: str | None
    phone: str | None
    fields: dict[str, Any]
    source: Annotated[SourceShape | None, Field(description="What earned it, by last touch.")]
    page_url: str | None
    workspace_id: Annotated[str | None, Field(description="The outside team that it was sent to.")] = None
    conversion_id: UUID | None = None
    conversion_metadata: Annotated[dict[str, Any], Field(default_factory=dict)]
    registered_at: Instant


class LeadAnswer(Answer):
    """One lead."""

    lead: LeadShape


class LeadsAnswer(PageAnswer):
    """Some leads."""

    leads: list[LeadShape]


def lead_shape(lead: Lead, source: Source | None) -> LeadShape:
    """A lead as it is shown."""
    known = {name: getattr(lead, name) for name in lead.__struct_fields__ if name != "lead_id"}
    return LeadShape(id=lead.lead_id, source=source_shape(source), **known)


@router.get("")
async def list_leads(
    _: Reader,
    work: NarrowedWork,
    paging: Paging,
    *,
    contact_id: Annotated[UUID | None, Query(alias="contactId", description="Of this contact.")] = None,
    form_id: Annotated[str | None, Query(alias="formId", max_length=200)] = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    source: SourceName = None,
    search: Annotated[
        Search, Query(max_length=200, description="A part of a name or e-mail address.")
    ] = None,
) -> LeadsAnswer:
    """List leads, latest first."""
    filters = LeadFilters(
        contact_id=contact_id, form_id=form_id, first_day=first_day, last_day=last_day, search=search
    )
    also = earned_by("lead", source=source)
    page = await ledger.list_leads(work, filters, limit=paging.limit, cursor=paging.cursor, also=also)
    sources = await sources_of(work, [lead.lead_id for lead in page.items])
    leads = [lead_shape(lead, sources.get(lead.lead_id)) for lead in page.items]
    return LeadsAnswer(leads=leads, next_cursor=page.next_cursor)


@router.get("/{lead_id}")
async def read_lead(lead_id: UUID, _: Reader, work: Work) -> LeadAnswer:
    """Read one lead."""
    lead = await ledger.read_lead(work, lead_id)
    sources = await sources_of(work, [lead_id])
    return LeadAnswer(lead=lead_shape(lead, sources.get(lead_id)))
