"""`/dashboard/leads`: the forms of the chosen days, or whatever is searched for."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from convertos.attribution.credited import earned_by, sources_of
from convertos.ledger.reading.activity import list_leads
from convertos.ledger.reading.model import Lead, LeadFilters
from convertos.tenancy.rights import Right
from convertos.web.desk import Desk, at

router = APIRouter(include_in_schema=False)

LEADS_PATH = "/dashboard/leads"
_AT_ONCE = 50
_LONGEST_SEARCH = 200

Reader = Annotated[Desk, at(Right.CONTACTS_READ)]


def title_of(lead: Lead) -> str:
    """Who filled it in."""
    return lead.name or lead.email or lead.phone or "Somebody without a name"


def form_of(lead: Lead) -> str:
    """Which form it was."""
    return lead.form_name or lead.form_id or "–"


@router.get(LEADS_PATH)
async def leads(
    desk: Reader,
    search: Annotated[str, Query(max_length=_LONGEST_SEARCH)] = "",
    cursor: str | None = None,
) -> Response:
    """Forms, latest first; a search looks through all days."""
    if desk.client is None:
        return desk.render("overview/no_client.html", title="Leads")
    wanted, period = search.strip(), desk.range.period
    filters = LeadFilters(
        search=wanted or None,
        first_day=None if wanted else period.first,
        last_day=None if wanted else period.last,
    )
    async with desk.client_work() as work:
        page = await list_leads(
            work, filters, limit=_AT_ONCE, cursor=cursor, also=earned_by("lead", **desk.filters)
        )
        sources = await sources_of(work, [lead.lead_id for lead in page.items])
    rows = [
        (lead, title_of(lead), form_of(lead), found.source if (found := sources.get(lead.lead_id)) else None)
        for lead in page.items
    ]
    return desk.render("leads/list.html", rows=rows, next_cursor=page.next_cursor, search=wanted)
