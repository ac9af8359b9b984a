"""The truth about orders, people and credit, worked out again from what was said: slowly, and with nothing of
the ledger's code but the spelling of addresses and the meaning of evidence.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import UNSET

from convertos.core.addresses import normal_email
from convertos.ledger.identifiers import normal_phone
from convertos.records import (
    CheckoutRecord,
    CustomerRecord,
    Evidence,
    LeadRecord,
    OrderRecord,
    PresenceRecord,
    Record,
    TouchRecord,
)

LOOKBACK = timedelta(days=30)
_UNCOUNTED = {"draft", "cancelled", "failed", "trashed"}
_STRENGTH = {"utm": 0, "origin": 1, "click_id": 2, "referrer": 3, "direct": 4}


@dataclass
class Person:
    """What one record says of its person, spelled."""

    account: str | None
    emails: list[str]
    phone: str | None
    visitor: str | None
    seen_at: datetime
    record: Record

    @property
    def keys(self) -> list[tuple[str, str]]:
        accounts = [("customer", self.account)] if self.account else []
        return [*accounts, *(("email", email) for email in self.emails)]


@dataclass
class Truth:
    """What the tables have to agree with."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    totals: dict[Any, dict[str, Any]] = field(default_factory=dict)
    credits: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)


def person_of(record: Record) -> Person | None:
    if not isinstance(record, OrderRecord | CustomerRecord | LeadRecord | CheckoutRecord | TouchRecord):
        return None
    said = record.person
    spelled = [normal_email(said.email)]
    if isinstance(record, CustomerRecord):
        spelled += [normal_email(email) for email in record.emails]
    emails = list(dict.fromkeys(email for email in spelled if email))
    phone = normal_phone(said.phone, said.country, "GR")
    return Person(said.customer_external_id, emails, phone, said.visitor_id, _seen_at(record), record)


def _seen_at(record: OrderRecord | CustomerRecord | LeadRecord | CheckoutRecord | TouchRecord) -> datetime:
    if isinstance(record, OrderRecord):
        return record.placed_at if isinstance(record.placed_at, datetime) else record.version.at
    if isinstance(record, TouchRecord):
        return record.touch.occurred_at
    if isinstance(record, CheckoutRecord):
        return record.occurred_at
    if isinstance(record, LeadRecord):
        return record.registered_at
    return record.registered_at or record.version.at


class People:
    """Who is one contact: by shared accounts and addresses; by a phone, whom it was first seen with."""

    def __init__(self, persons: Iterable[Person]) -> None:
        persons = list(persons)
        self.groups: list[set[tuple[str, str]]] = []
        for person in persons:
            touching = [group for group in self.groups if group & set(person.keys)]
            self.groups = [group for group in self.groups if group not in touching]
            if person.keys:
                self.groups.append(set(person.keys).union(*touching))
        self.phones: dict[str, tuple[datetime, str, tuple[str, str]]] = {}
        for person in persons:
            if person.phone and person.keys:
                # The store's number stands before an account, so an account is below any address.
                witness = f"0:{person.account}" if person.account else person.emails[0]
                claim = (person.seen_at, witness, person.keys[0])
                self.phones[person.phone] = min(claim, self.phones.get(person.phone, claim))
        self.visitors: set[tuple[str, str]] = set()
        for person in persons:
            if person.visitor and (contact := self.contact(person.keys, person.phone)):
                self.visitors.add((person.visitor, contact))

    def contact(self, keys: list[tuple[str, str]], phone: str | None) -> Any:
        """A name for the contact of who carries these."""
        if keys:
            return min(next(group for group in self.groups if keys[0] in group))
        if phone and phone in self.phones:
            return self.contact([self.phones[phone][2]], None)
        return ("phone", phone) if phone else None


def truth_of(records: list[Record], classify: Any, currency: str = "EUR") -> Truth:
    """Everything, from all that was said, in no particular order."""
    persons = [person for record in records if (person := person_of(record)) is not None]
    people, truth = People(persons), Truth()
    touches = _touches(persons, people, truth, records, classify)
    for contact in {order["contact"] for order in truth.orders.values()} - {None}:
        truth.totals[contact] = _totals(contact, truth, currency)
    leads = {record.external_id: person_of(record) for record in records if isinstance(record, LeadRecord)}
    subjects = [
        ("order", key, order["contact"], order["visitor"], order["placed_at"])
        for key, order in truth.orders.items()
    ]
    for key, person in leads.items():
        assert person is not None
        contact = people.contact(person.keys, person.phone)
        subjects.append(("lead", key, contact, person.visitor, person.seen_at))
    for subject in subjects:
        truth.credits[subject[0], subject[1]] = _credit(subject, touches, people)
    return truth


def _order(key: str, records: list[Record]) -> dict[str, Any]:
    said = sorted(
        (each for each in records if isinstance(each, OrderRecord) and each.external_id == key),
        key=lambda each: each.version,
    )
    order: dict[str, Any] = {
        "currency": "EUR", "total": Decimal(0), "standing": "pending", "paid_at": None, "is_test": False,
        "account": None, "email": None, "phone": None, "visitor": None, "status": None,
    }  # fmt: skip
    order["placed_at"] = min(each.version.at for each in said)
    refunds: dict[str, Decimal] = {}
    for each in said:
        for name in ("currency", "total", "standing", "paid_at", "is_test", "placed_at", "status"):
            if (value := getattr(each, name)) is not UNSET:
                order[name] = value
        person = person_of(each)
        assert person is not None
        order |= {
            name: value
            for name, value in {
                "account": person.account, "email": person.emails[0] if person.emails else None,
                "phone": person.phone, "visitor": person.visitor,
            }.items()
            if value
        }  # fmt: skip
        if each.is_refund_list_complete:
            refunds = {}
        refunds |= {refund.external_id: refund.amount for refund in each.refunds}
    order["refunded"] = sum(refunds.values(), Decimal(0))
    gone = {each.evidence_id for each in _presence(records, key) if each.change == "deleted"}
    back = {each.evidence_id for each in _presence(records, key) if each.change == "restored"}
    is_paid = order["paid_at"] is not None or order["standing"] == "paid"
    is_out = order["is_test"] or order["standing"] in _UNCOUNTED or len(gone) > len(back)
    order["counted"] = is_paid and not is_out
    order["counted_at"] = order["paid_at"] or order["placed_at"]
    return order


def _presence(records: list[Record], key: str) -> list[PresenceRecord]:
    return [
        each
        for each in records
        if isinstance(each, PresenceRecord) and each.kind == "order" and each.external_id == key
    ]


def _touches(
    persons: list[Person], people: People, truth: Truth, records: list[Record], classify: Any
) -> list[dict[str, Any]]:
    for key in {record.external_id for record in records if isinstance(record, OrderRecord)}:
        order = truth.orders[key] = _order(key, records)
        keys = [("customer", order["account"])] if order["account"] else []
        keys += [("email", order["email"])] if order["email"] else []
        order["contact"] = people.contact(keys, order["phone"])
    checkouts = _checkout_contacts(records, people)
    found: list[dict[str, Any]] = []
    for person in persons:
        record = person.record
        holder, contact = None, people.contact(person.keys, person.phone)
        if isinstance(record, OrderRecord):
            holder, contact = ("order", record.external_id), truth.orders[record.external_id]["contact"]
        elif isinstance(record, LeadRecord):
            holder = ("lead", record.external_id)
        elif isinstance(record, CheckoutRecord):
            holder, contact = ("checkout", record.checkout_token), checkouts[record.checkout_token]
        told = [record.touch] if isinstance(record, TouchRecord) else getattr(record, "touches", [])
        found += [
            {
                "at": touch.occurred_at, "evidence": touch.evidence, "visitor": touch.visitor_id,
                "holder": holder, "contact": contact, "source": classify(touch.evidence),
                "teller": None if touch.visitor_id else holder or (person.keys[:1] or person.phone),
            }
            for touch in told
        ]  # fmt: skip
    return found


def _checkout_contacts(records: list[Record], people: People) -> dict[str, Any]:
    contacts: dict[str, Any] = {}
    for token in {record.checkout_token for record in records if isinstance(record, CheckoutRecord)}:
        account = email = phone = None
        said = [each for each in records if isinstance(each, CheckoutRecord) and each.checkout_token == token]
        for each in sorted(said, key=lambda each: each.version):
            person = person_of(each)
            assert person is not None
            account = person.account or account
            email = person.emails[0] if person.emails else email
            phone = person.phone or phone
        keys = [("customer", account)] if account else []
        keys += [("email", email)] if email else []
        contacts[token] = people.contact(keys, phone)
    return contacts


def _totals(contact: Any, truth: Truth, currency: str) -> dict[str, Any]:
    counted = [order for order in truth.orders.values() if order["contact"] == contact and order["counted"]]
    spent: dict[str, dict[str, Any]] = {}
    for order in counted:
        entry = spent.setdefault(order["currency"], {"orders": 0, "spent": Decimal(0)})
        entry["orders"] += 1
        entry["spent"] += order["total"] - order["refunded"]
    return {
        "orders": len(counted),
        "spent": spent,
        "total": spent.get(currency, {"spent": Decimal(0)})["spent"],
        "first_at": min((order["counted_at"] for order in counted), default=None),
        "last_at": max((order["counted_at"] for order in counted), default=None),
    }


def _credit(
    subject: tuple[str, str, Any, str | None, datetime], touches: list[dict[str, Any]], people: People
) -> dict[str, Any]:
    """Last touch that was not direct, else the last one: attribution.md §2, word by word."""
    kind, key, contact, visitor, at = subject
    browsers = {visitor} | {browser for browser, seen in people.visitors if contact and seen == contact}
    journey: dict[Any, dict[str, Any]] = {}
    for touch in touches:
        own = touch["holder"] == (kind, key)
        theirs = touch["visitor"] in browsers if touch["visitor"] else contact and touch["contact"] == contact
        if own or (theirs and at - LOOKBACK <= touch["at"] <= at):
            name = (touch["at"], _text(touch["evidence"]), touch["visitor"], str(touch["teller"]))
            known = journey.get(name)
            journey[name] = {**touch, "own": own or bool(known and known["own"])}
    path = list(journey.values())
    outside = [touch for touch in path if touch["source"].channel != "Direct"]
    best = max(
        outside or path,
        key=lambda touch: (min(touch["at"], at), touch["own"], -_STRENGTH[touch["source"].method]),
        default=None,
    )
    ties = [
        touch["source"]
        for touch in outside or path
        if best is not None
        and (min(touch["at"], at), touch["own"], touch["source"].method)
        == (min(best["at"], at), best["own"], best["source"].method)
    ]
    return {"considered": len(path), "sources": ties}


def _text(evidence: Evidence) -> str:
    return repr(evidence)
