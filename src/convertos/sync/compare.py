"""What differs between a store and what is held of it. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from convertos.ledger.store.holdings import Held
from convertos.platforms.remote import Outline, Span

_ONE_SECOND = timedelta(seconds=1)


class DifferenceKind(StrEnum):
    """How an object differs: not here; here in another state; there no more; there again."""

    MISSING = "missing"
    DIFFERS = "differs"
    DELETED = "deleted"
    UNDELETED = "undeleted"


class Difference(NamedTuple):
    """One object that differs.

    Attributes:
        total, status: what the store says of an order.
    """

    external_id: str
    kind: DifferenceKind
    detail: str
    total: Decimal | None = None
    status: str | None = None


class DaySum(NamedTuple):
    """How many orders, and how much, of one day and currency: there and here."""

    day: date
    currency: str
    store_count: int
    our_count: int
    store_sum: Decimal
    our_sum: Decimal


def difference_of(outline: Outline, held: Held | None) -> Difference | None:
    """What differs between the store's object and ours."""
    if held is None:
        return _difference(outline, DifferenceKind.MISSING, "not here")
    if held.is_absent != outline.is_absent:
        kind = DifferenceKind.DELETED if outline.is_absent else DifferenceKind.UNDELETED
        return _difference(outline, kind, "in the trash there" if outline.is_absent else "deleted here only")
    if outline.total is not None and outline.total != held.total:
        return _difference(outline, DifferenceKind.DIFFERS, f"{held.total} here, {outline.total} there")
    if outline.status is not None and not is_same_status(outline.status, held.status):
        return _difference(outline, DifferenceKind.DIFFERS, f"{held.status} here, {outline.status} there")
    if _is_newer(outline.modified_at, held.modified_at):
        return _difference(outline, DifferenceKind.DIFFERS, "changed there since")
    return None


def is_same_status(theirs: str, ours: str | None) -> bool:
    """Whether two status words mean the same: WordPress stores `wc-` before its own."""
    return theirs.lower().removeprefix("wc-") == (ours or "").lower()


def _is_newer(theirs: datetime | None, ours: datetime | None) -> bool:
    # Stores stamp whole seconds; ours may hold the digits behind them.
    return theirs is not None and (ours is None or theirs - ours >= _ONE_SECOND)


def _difference(outline: Outline, kind: DifferenceKind, detail: str) -> Difference:
    return Difference(outline.external_id, kind, detail, outline.total, outline.status)


def is_healed(difference: Difference, held: Held | None) -> bool:
    """Whether what is held now is what the store said."""
    if difference.kind is DifferenceKind.DELETED:
        return held is None or held.is_absent
    if held is None or held.is_absent:
        return False
    if difference.total is not None and difference.total != held.total:
        return False
    return difference.status is None or is_same_status(difference.status, held.status)


def months(since: datetime, until: datetime, timezone: str) -> Iterator[Span]:
    """The months of a client's calendar that cover a time; the last one has no end."""
    zone = ZoneInfo(timezone)
    local = since.astimezone(zone)
    first = datetime(local.year, local.month, 1, tzinfo=zone)
    begin: datetime | None = None
    while first <= until:
        following = datetime(first.year + first.month // 12, first.month % 12 + 1, 1, tzinfo=zone)
        yield Span(begin, following if following <= until else None)
        begin = first = following


def day_sums(outlines: Iterable[Outline], held: Iterable[Held], timezone: str) -> list[DaySum]:
    """Counts and sums of both sides, by day and currency; only where they differ."""
    zone = ZoneInfo(timezone)
    theirs = _added_up(
        (each.created_at.astimezone(zone).date(), each.currency or "", each.total or Decimal(0))
        for each in outlines
        if not each.is_absent
    )
    ours = _added_up(
        (each.placed_at.astimezone(zone).date(), each.currency or "", each.total or Decimal(0))
        for each in held
        if each.placed_at is not None and not each.is_absent and not each.is_draft
    )
    nothing = (0, Decimal(0))
    both = [
        DaySum(*key, theirs.get(key, nothing)[0], ours.get(key, nothing)[0],
               theirs.get(key, nothing)[1], ours.get(key, nothing)[1])
        for key in sorted(theirs.keys() | ours.keys())
    ]  # fmt: skip
    return [each for each in both if (each.store_count, each.store_sum) != (each.our_count, each.our_sum)]


def _added_up(
    amounts: Iterable[tuple[date, str, Decimal]],
) -> Mapping[tuple[date, str], tuple[int, Decimal]]:
    sums: dict[tuple[date, str], tuple[int, Decimal]] = {}
    for day, currency, total in amounts:
        count, amount = sums.get((day, currency), (0, Decimal(0)))
        sums[day, currency] = (count + 1, amount + total)
    return sums


def in_parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Ids in parts of a size."""
    return (ids[first : first + size] for first in range(0, len(ids), size))
