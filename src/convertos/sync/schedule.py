"""When connections are synced, checked and reconciled by themselves. Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from convertos.sync.model import Schedule

CHECK_EVERY = timedelta(minutes=15)
"""A webhook that the store switched off is found within a quarter of an hour (reliability.md B13)."""

_RECONCILE_AT = time(3, 10)
_SPREAD_MINUTES = 90


def first_reconciliation(now: datetime, timezone: str) -> datetime:
    """The first night after a connection was made."""
    return _next_at(now, timezone, time(_RECONCILE_AT.hour, _RECONCILE_AT.minute))


def is_within_hours(schedule: Schedule, timezone: str, now: datetime) -> bool:
    """Whether an instant lies in the hours that people chose."""
    first, last = schedule.from_hour, schedule.until_hour
    if first is None or last is None or first == last % 24:
        return True
    hour = now.astimezone(ZoneInfo(timezone)).hour
    return first <= hour < last if first < last else hour >= first or hour < last


def after_sync(schedule: Schedule, timezone: str, now: datetime) -> Schedule:
    """The schedule when a sync was begun: the next one is due a period later, or when the hours begin."""
    upcoming = now + timedelta(minutes=schedule.every_minutes)
    if not is_within_hours(schedule, timezone, upcoming) and schedule.from_hour is not None:
        upcoming = _next_at(now, timezone, time(schedule.from_hour))
    return msgspec.structs.replace(schedule, next_sync_at=upcoming)


def after_check(schedule: Schedule, now: datetime) -> Schedule:
    """The schedule when the webhooks were checked."""
    return msgspec.structs.replace(schedule, next_check_at=now + CHECK_EVERY)


def after_reconciliation(schedule: Schedule, timezone: str, now: datetime) -> Schedule:
    """The schedule when a reconciliation was begun: next night, in the hours that people chose.

    Spread over an hour and a half by the connection's id, so that many do not begin together.
    """
    hour = _RECONCILE_AT.hour if schedule.from_hour is None else schedule.from_hour
    minute = schedule.connection_id.int % _SPREAD_MINUTES
    upcoming = _next_at(now, timezone, time(hour, 10)) + timedelta(minutes=minute)
    return msgspec.structs.replace(schedule, next_reconciliation_at=upcoming)


def _next_at(now: datetime, timezone: str, at: time) -> datetime:
    local = now.astimezone(ZoneInfo(timezone))
    today = datetime.combine(local.date(), at, ZoneInfo(timezone))
    return (
        today if today > local else datetime.combine(local.date() + timedelta(days=1), at, ZoneInfo(timezone))
    )
