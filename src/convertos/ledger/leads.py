"""Stage: leads. A submission never changes, so each is written once."""

from convertos.core.database import Transaction
from convertos.core.ids import derived_id
from convertos.ledger.batch import Batch, Found
from convertos.ledger.store.activity import LeadRow, insert_leads
from convertos.records import LeadRecord


async def write(transaction: Transaction, batch: Batch) -> None:
    """Write the batch's leads."""
    rows = {}
    for each in batch.of(LeadRecord):
        row = _row(batch, each)
        if row.lead_id not in rows and row.contact_id is not None:
            batch.leads_of[row.contact_id] += 1
        rows[row.lead_id] = row
        batch.leads_to_credit.add((row.client_id, row.lead_id))
        batch.moments.add((row.client_id, row.registered_at))
    await insert_leads(transaction, list(rows.values()))


def _row(batch: Batch, each: Found[LeadRecord]) -> LeadRow:
    entry, record = each.entry, each.record
    person = record.person
    names = [name for name in (person.first_name, person.last_name) if name]
    return LeadRow(
        client_id=entry.client_id,
        # The same submission that is told twice is one lead.
        lead_id=derived_id("lead", str(entry.client_id), str(entry.store_id), record.external_id),
        contact_id=batch.contact_ids[each.place],
        store_id=entry.store_id,
        form_plugin=record.form_plugin,
        form_id=record.form_id,
        form_name=record.form_name,
        customer_external_id=person.customer_external_id,
        email=batch.emails[each.place],
        name=" ".join(names) or None,
        phone=batch.phones[each.place],
        visitor_id=person.visitor_id,
        fields=record.fields,
        page_url=record.page_url,
        touch_ids=list(batch.touch_ids[each.place]) or None,
        registered_at=record.registered_at,
    )
