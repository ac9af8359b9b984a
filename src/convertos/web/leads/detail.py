"""`/dashboard/leads/{id}`: one form, and why its source has the credit."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from convertos.attribution.credited import decision_of
from convertos.ledger.reading.activity import read_lead
from convertos.ledger.reading.model import Lead
from convertos.tenancy.rights import Right
from convertos.web.desk import Desk, at
from convertos.web.evidence import fields_of, why
from convertos.web.leads.listing import LEADS_PATH, form_of, title_of

router = APIRouter(include_in_schema=False)

Reader = Annotated[Desk, at(Right.CONTACTS_READ)]


@router.get(f"{LEADS_PATH}/{{lead_id}}")
async def lead(desk: Reader, lead_id: UUID) -> Response:
    """What was filled in, by whom, and what brought them."""
    async with desk.client_work() as work:
        found = await read_lead(work, lead_id)
        decision = await decision_of(work, lead_id, "lead")
    return desk.render(
        "leads/detail.html",
        lead=found,
        title=title_of(found),
        fields=fields_of(found.fields),
        facts=list(_facts(desk, found)),
        why=why(desk, decision),
    )


def _facts(desk: Desk, found: Lead) -> Iterator[tuple[str, object]]:
    yield "Form", form_of(found)
    yield "When", desk.show.at(found.registered_at)
    if found.email:
        yield "E-mail", found.email
    if found.phone:
        yield "Phone", found.phone
    if found.page_url:
        yield "Page", found.page_url
    if found.form_plugin:
        yield "Plugin", found.form_plugin
    yield "Site", found.store_domain
