"""What earned orders and leads, for whoever lists or shows them: the credit of the default model."""

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from convertos.attribution import store
from convertos.attribution.award import DEFAULT_MODEL
from convertos.attribution.credit import Credit
from convertos.attribution.explanation import explain
from convertos.core.database import Transaction
from convertos.ledger.store.listing import Condition
from convertos.records import Source, Touch


class Decision(NamedTuple):
    """What earned an order or lead, and why.

    Attributes:
        touch: the arrival that it names, as recorded; `None` where it is gone or there is none.
        sentence: all of it in words.
    """

    credit: Credit
    touch: Touch | None
    sentence: str


def earned_by(
    kind: Literal["order", "lead"],
    *,
    source: str | None = None,
    medium: str | None = None,
    campaign: str | None = None,
    channel: str | None = None,
) -> list[Condition]:
    """A filter for lists of orders or of leads; what is not given lets all of them."""
    wanted = {"source": source, "medium": medium, "campaign": campaign, "channel": channel}
    given = {name: value for name, value in wanted.items() if value is not None}
    return [store.credited_to(kind, DEFAULT_MODEL, given)] if given else []


async def sources_of(transaction: Transaction, subject_ids: Collection[UUID]) -> Mapping[UUID, Source]:
    """What earned some orders or leads of the scope, by their id; one without a credit is not there."""
    return await store.first_credits(transaction, DEFAULT_MODEL, subject_ids)


async def explanation_of(transaction: Transaction, subject_id: UUID) -> str | None:
    """One sentence: what earned an order or lead, and because of which evidence; `None` without a credit."""
    decision = await decision_of(transaction, subject_id)
    return decision.sentence if decision else None


async def decision_of(
    transaction: Transaction, subject_id: UUID, kind: Literal["order", "lead"] = "order"
) -> Decision | None:
    """What earned an order or lead of the scope, with the rule and the evidence; `None` without a credit."""
    found = await store.credit_with_evidence(transaction, DEFAULT_MODEL, subject_id)
    if found is None:
        return None
    credit, touch, timezone = found
    return Decision(credit, touch, explain(credit, touch, ZoneInfo(timezone), kind))
