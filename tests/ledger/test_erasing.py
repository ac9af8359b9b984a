"""Who is erased is gone, what they bought is not, and nothing brings them back."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given, settings

from convertos.core.database import Role
from convertos.ledger.erasing import erase_contact
from convertos.records import (
    CheckoutRecord,
    CheckoutStage,
    CustomerRecord,
    Evidence,
    LeadRecord,
    OrderRecord,
    Person,
    Record,
    RefundRecord,
    Standing,
    Touch,
    Version,
)
from tests.ledger.conftest import Stage
from tests.ledger.ledger_dump import rows
from tests.ledger.shop_life import Told, lives
from tests.ledger.test_any_order import patient, records_of
from tests.ledger.test_merging import Pick, picks
from tests.support.callers import console

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
VERSION = Version(at=NOON, rank=0, digest="")
_LEDGER = (
    "contacts", "contact_identifiers", "contact_visitors", "contact_merges", "customers", "orders", "order_items",
    "refunds", "order_statuses", "leads", "checkouts", "touches", "credits", "day_sums", "suppressions",
    "suppression_keys",
)  # fmt: skip
CANARIES = ("canary", "302109876543", "v-secret", "click-secret")


def everything_about(person: Person) -> list[Record]:
    evidence = Evidence(
        utm={"source": "facebook", "medium": "cpc"},
        click_ids={"fbclid": "click-secret"},
        referrer="https://facebook.com/?u=canary",
        landing_page="https://shop.example/cups?email=canary@shop.example",
    )
    touch = Touch(occurred_at=NOON, evidence=evidence, visitor_id="v-secret")
    return [
        OrderRecord(
            external_id="1", version=VERSION, person=person, standing=Standing.PAID, paid_at=NOON, total=Decimal(20),
            currency="EUR", touches=(touch,),
            refunds=(RefundRecord(external_id="r", amount=Decimal(5), reason="canary did not like it"),),
        ),
        CustomerRecord(external_id="77", version=VERSION, person=person, emails=("second.canary@shop.example",)),
        LeadRecord(
            external_id="l", person=person, registered_at=NOON, fields={"note": "I am canary"},
            page_url="https://shop.example/?name=canary", touches=(touch,),
        ),
        CheckoutRecord(
            checkout_token="t", stage=CheckoutStage.STARTED, occurred_at=NOON, person=person, version=VERSION
        ),
    ]  # fmt: skip


CANARY = Person(
    email="canary@shop.example",
    phone="+302109876543",
    customer_external_id="77",
    visitor_id="v-secret",
    first_name="Canary",
    last_name="Bird",
)


async def erase(stage: Stage, contact_id: UUID) -> None:
    async with stage.database.transaction(stage.tenant.scope) as transaction:
        await erase_contact(transaction, console(stage.tenant), contact_id, stage.suppression)


async def text_of(stage: Stage) -> str:
    async with stage.database.transaction(role=Role.WORKER) as transaction:
        found = {table: await rows(transaction, table, stage.source.client_id) for table in _LEDGER}
    return json.dumps(found, default=str).casefold()


async def figures(stage: Stage) -> list[dict[str, Any]]:
    await stage.add_up()
    return await stage.rows(
        """
        SELECT day, currency, channel, source, orders, revenue, refunds, new_customers, leads FROM day_sums
        WHERE client_id = %(client)s AND detail = 2 ORDER BY day, currency, channel, source
        """
    )


async def only_contact(stage: Stage) -> UUID:
    (row,) = await stage.rows(
        "SELECT contact_id FROM contacts WHERE client_id = %(client)s AND merged_into IS NULL"
    )
    contact_id: UUID = row["contact_id"]
    return contact_id


async def test_no_table_knows_them(stage: Stage) -> None:
    """Name, addresses, phone, account, browser and click ids are in no table, and every sum is as it was."""
    await stage.wipe()
    await stage.tell([("webhook", each) for each in everything_about(CANARY)])
    before = await figures(stage)
    known = await text_of(stage)
    assert [canary for canary in CANARIES if canary in known] == list(CANARIES)
    await erase(stage, await only_contact(stage))
    found = await text_of(stage)
    assert not [canary for canary in CANARIES if canary in found]
    assert await figures(stage) == before


async def test_nothing_brings_them_back(stage: Stage) -> None:
    """The same told again, or something new of the same person, leaves no trace of them; money still counts."""
    await stage.wipe()
    told = [("webhook", each) for each in everything_about(CANARY)]
    await stage.tell(told)
    before = await figures(stage)
    await erase(stage, await only_contact(stage))
    await stage.tell(told)
    assert await figures(stage) == before
    later = Version(at=NOON + timedelta(days=9), rank=0, digest="")
    bare = Person(email="CANARY@shop.example", first_name="Canary")
    await stage.tell(
        [
            ("sync", OrderRecord(external_id="1", version=later, person=bare, total=Decimal(30))),
            ("sync", OrderRecord(external_id="2", version=later, person=bare, total=Decimal(7))),
            ("sync", LeadRecord(external_id="m", person=Person(phone=CANARY.phone), registered_at=NOON)),
            ("sync", LeadRecord(external_id="n", person=Person(customer_external_id="77"), registered_at=NOON)),
        ]
    )  # fmt: skip
    found = await text_of(stage)
    assert not [canary for canary in CANARIES if canary in found]
    orders = await stage.rows(
        "SELECT external_id, total, contact_id FROM orders WHERE client_id = %(client)s ORDER BY 1"
    )
    assert [(row["external_id"], row["total"], row["contact_id"] is None) for row in orders] == [
        ("1", Decimal(30), False),
        ("2", Decimal(7), True),
    ]


async def test_who_shares_a_phone_or_a_browser_stays(stage: Stage) -> None:
    """Somebody else of the same family loses nothing."""
    await stage.wipe()
    other = Person(
        email="other@shop.example", phone="+302109876543", visitor_id="v-secret", first_name="Other"
    )
    at = NOON + timedelta(hours=1)
    await stage.tell([("webhook", each) for each in everything_about(CANARY)])
    await stage.tell([("webhook", LeadRecord(external_id="o", person=other, registered_at=at))])
    (row,) = await stage.rows(
        """
        SELECT contact_id FROM contact_identifiers
        WHERE client_id = %(client)s AND kind = 'customer'
        """
    )
    await erase(stage, row["contact_id"])
    await stage.tell([("webhook", LeadRecord(external_id="p", person=other, registered_at=at))])
    leads = await stage.rows(
        "SELECT email, name FROM leads WHERE client_id = %(client)s AND email IS NOT NULL"
    )
    assert leads == [{"email": "other@shop.example", "name": "Other"}] * 2
    assert "canary" not in await text_of(stage)


@settings(patient, max_examples=15)
@given(life=lives, then=lives, pick=picks)
async def test_the_sums_stay_whatever_the_life(
    stage: Stage, *, life: list[Told], then: list[Told], pick: Pick
) -> None:
    """To erase anybody changes no figure, and what is told again after it changes nothing either."""
    await stage.wipe()
    await stage.tell(records_of(life))
    contacts = await stage.rows(
        """
        SELECT contact_id FROM contact_identifiers WHERE client_id = %(client)s
        GROUP BY contact_id ORDER BY min(kind || value)
        """
    )
    before = await figures(stage)
    if contacts:
        await erase(stage, contacts[pick[0] % len(contacts)]["contact_id"])
    assert await figures(stage) == before
    # What follows may name them: it must be taken, and taken again without any change.
    await stage.tell(records_of(then))
    once = await figures(stage)
    await stage.tell(records_of(then))
    assert await figures(stage) == once
