"""What has to be true if exactly these facts were kept. Pure, and written without looking at the ledger's code."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from tests.chaos.commerce import Fact


class Order(NamedTuple):
    """An order as a shopkeeper would describe it."""

    client_id: UUID
    store_id: UUID
    external_id: str
    status: str
    total: Decimal
    refunded: Decimal
    currency: str
    is_counted: bool
    is_deleted: bool
    email: str


class Contact(NamedTuple):
    """A person, and what the person is worth."""

    client_id: UUID
    email: str
    orders: int
    spent: Decimal
    leads: int


class Revenue(NamedTuple):
    """What a source has earned."""

    client_id: UUID
    source: str
    orders: int
    revenue: Decimal
    refunds: Decimal


@dataclass
class Truth:
    """Everything that the oracle compares, each as a set of rows."""

    orders: set[Order] = field(default_factory=set)
    contacts: set[Contact] = field(default_factory=set)
    revenue: set[Revenue] = field(default_factory=set)


def truth_of(facts: Iterable[Fact]) -> Truth:
    """The state of the shops after these facts, in whatever order they came."""
    facts = list(facts)
    orders = _orders(facts)
    return Truth({order for order, _ in orders}, _contacts(facts, orders), _revenue(orders))


def _orders(facts: list[Fact]) -> list[tuple[Order, str]]:
    """Each order with the campaign that it came from."""
    newest: dict[tuple[UUID, UUID, str], Fact] = {}
    presence: dict[tuple[UUID, UUID, str], int] = defaultdict(int)
    for fact in facts:
        key = (fact.client_id, fact.store_id, fact.order_id)
        if fact.kind in {"deleted", "restored"}:
            presence[key] += 1 if fact.kind == "deleted" else -1
        if fact.kind in {"order", "restored"} and (key not in newest or newest[key].version < fact.version):
            newest[key] = fact
    return [(_order(fact, is_deleted=presence[key] > 0), fact.campaign) for key, fact in newest.items()]


def _order(fact: Fact, *, is_deleted: bool) -> Order:
    return Order(
        fact.client_id,
        fact.store_id,
        fact.order_id,
        fact.status,
        fact.total,
        fact.refunded,
        fact.currency,
        fact.is_counted and not is_deleted,
        is_deleted,
        fact.email,
    )


def _contacts(facts: list[Fact], orders: list[tuple[Order, str]]) -> set[Contact]:
    people = {(order.client_id, order.email) for order, _ in orders}
    people |= {(fact.client_id, fact.email) for fact in facts if fact.kind == "lead"}
    return {_contact(client_id, email, facts, orders) for client_id, email in people}


def _contact(client_id: UUID, email: str, facts: list[Fact], orders: list[tuple[Order, str]]) -> Contact:
    bought = [
        order
        for order, _ in orders
        if (order.client_id, order.email) == (client_id, email) and order.is_counted
    ]
    spent = sum((order.total - order.refunded for order in bought), Decimal(0))
    leads = sum((fact.kind, fact.client_id, fact.email) == ("lead", client_id, email) for fact in facts)
    return Contact(client_id, email, len(bought), spent, leads)


def _revenue(orders: list[tuple[Order, str]]) -> set[Revenue]:
    earned: dict[tuple[UUID, str], list[Order]] = defaultdict(list)
    for order, campaign in orders:
        if order.is_counted:
            earned[order.client_id, campaign].append(order)
    return {
        Revenue(
            client_id,
            campaign,
            len(counted),
            sum((order.total for order in counted), Decimal(0)),
            sum((order.refunded for order in counted), Decimal(0)),
        )
        for (client_id, campaign), counted in earned.items()
    }
