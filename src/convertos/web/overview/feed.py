"""What happened last, one line each."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup

from convertos.analytics.happening import Happening
from convertos.web.desk import Desk
from convertos.web.hues import label_of

SHOWN = 16

_WORDS = {
    ("order", "paid"): ("good", "Order {}"),
    ("order", "pending"): ("", "Order {} placed"),
    ("order", "cancelled"): ("caution", "Order {} cancelled"),
    ("order", "failed"): ("bad", "Order {} failed"),
    ("order", "trashed"): ("", "Order {} moved to the bin"),
    ("refund", "refunded"): ("bad", "Refund of order {}"),
    ("lead", "created"): ("accent", "Lead"),
    ("checkout", "started"): ("", "Checkout started"),
    ("checkout", "abandoned"): ("caution", "Checkout abandoned"),
}


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One line.

    Attributes:
        is_new: whether it came while somebody watched.
    """

    mood: str
    title: str
    details: Sequence[str]
    link: str
    when: Markup
    is_new: bool


def feed_items(
    desk: Desk, happenings: Sequence[Happening], known: Sequence[tuple[UUID, str]] | None = None
) -> list[FeedItem]:
    """Lines for happenings; those that are not among the known ones are new."""
    before = set(known) if known is not None else None
    return [
        _item(desk, each, is_new=before is not None and (each.happening_id, each.stage) not in before)
        for each in happenings
    ]


def _item(desk: Desk, happening: Happening, *, is_new: bool) -> FeedItem:
    mood, words = _WORDS.get((happening.kind, happening.stage), ("", happening.kind.capitalize()))
    money = str(desk.show.money_figure(happening.amount, happening.currency)) if happening.currency else ""
    form = happening.label if happening.kind == "lead" else ""
    return FeedItem(
        mood=mood,
        title=words.format(f"#{happening.label}" if happening.label else "").strip(),
        details=[part for part in (money, form, label_of(happening.source or "")) if part],
        link=_link(desk, happening),
        when=desk.show.when(happening.occurred_at),
        is_new=is_new,
    )


def _link(desk: Desk, happening: Happening) -> str:
    if happening.subject_id is None:
        return ""
    places = {"order": "orders", "refund": "orders", "checkout": "contacts", "lead": "leads"}
    return desk.way_to(f"/dashboard/{places[happening.kind]}/{happening.subject_id}")
