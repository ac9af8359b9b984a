"""When connections are synced by themselves."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from convertos.sync.model import Schedule
from convertos.sync.schedule import after_reconciliation, after_sync, is_within_hours

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def schedule(from_hour: int | None = None, until_hour: int | None = None) -> Schedule:
    return Schedule(
        client_id=UUID(int=1),
        connection_id=UUID(int=2),
        is_enabled=True,
        every_minutes=15,
        from_hour=from_hour,
        until_hour=until_hour,
        next_sync_at=NOON,
        next_check_at=NOON,
        next_reconciliation_at=NOON,
    )


@pytest.mark.parametrize(
    ("hours", "hour", "expected"),
    [
        ((None, None), 12, True),
        ((2, 5), 2, True),
        ((2, 5), 4, True),
        ((2, 5), 5, False),
        ((22, 4), 23, True),
        ((22, 4), 3, True),
        ((22, 4), 4, False),
        ((22, 24), 23, True),
        ((0, 24), 12, True),
    ],
)
def test_hours_of_low_traffic(hours: tuple[int | None, int | None], hour: int, *, expected: bool) -> None:
    """Hours are the client's own and may reach over midnight."""
    athens = datetime(2026, 11, 21, hour, 30, tzinfo=UTC) - timedelta(hours=2)
    assert is_within_hours(schedule(*hours), "Europe/Athens", athens) is expected


def test_the_next_sync_is_a_period_later() -> None:
    """Without hours, every quarter of an hour."""
    assert after_sync(schedule(), "Europe/Athens", NOON).next_sync_at == NOON + timedelta(minutes=15)


def test_outside_the_hours_the_next_sync_waits_for_them() -> None:
    """A store that is to be left alone by day is synced from two in the night on."""
    after = after_sync(schedule(2, 5), "Europe/Athens", datetime(2026, 11, 21, 2, 55, tzinfo=UTC))
    assert after.next_sync_at == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


def test_reconciliation_is_at_night() -> None:
    """The next night, a little after three, spread by connection."""
    after = after_reconciliation(schedule(), "Europe/Athens", NOON)
    assert after.next_reconciliation_at == datetime(2026, 11, 22, 1, 12, tzinfo=UTC)
