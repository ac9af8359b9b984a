"""A connected store in words: how it is, how far a sync is, what its webhooks are worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from convertos.sync.model import EntityProgress, Integration, Sync, WebhookHealth
from convertos.sync.overview import Webhook, completeness_of, pace_of, status_of
from convertos.web.desk import Desk

STORE_PATH = "/dashboard/integrations/store"

_STATES: Mapping[str, tuple[str, str]] = {
    "active": ("good", "Active"),
    "syncing": ("good", "Syncing"),
    "paused": ("caution", "Paused"),
    "reconnect_needed": ("bad", "Connect again"),
    "not_connected": ("bad", "Not connected"),
}
_HEALTHS: Mapping[str, tuple[str, str]] = {
    WebhookHealth.ACTIVE: ("good", "Active"),
    WebhookHealth.DEGRADED: ("caution", "Degraded"),
    WebhookHealth.BROKEN: ("bad", "Broken"),
}
_SYNC_STATES: Mapping[str, tuple[str, str]] = {
    "waiting": ("", "Waiting"),
    "running": ("", "Running"),
    "succeeded": ("good", "Complete"),
    "incomplete": ("caution", "Incomplete"),
    "failed": ("bad", "Failed"),
    "cancelled": ("", "Cancelled"),
}
_REASONS = {
    "connect": "after connecting",
    "schedule": "by schedule",
    "hand": "by hand",
    "gap": "after a gap in webhooks",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """A store in a line."""

    path: str
    name: str
    address: str
    mood: str
    word: str
    completeness: str


def summary_of(store: Integration) -> Summary:
    """A store in a line."""
    mood, word = _STATES.get(status_of(store), ("", store.connection_status))
    percent = completeness_of(store)
    return Summary(
        path=f"{STORE_PATH}/{store.connection_id}",
        name=store.name,
        address=(store.details or {}).get("shop") or store.domain or "",
        mood=mood,
        word=word,
        completeness="" if percent is None else f"{percent:g} %",
    )


@dataclass(frozen=True, slots=True)
class HookLine:
    """One webhook of a store."""

    topic: str
    mood: str
    word: str
    last_delivery_at: datetime | None
    error: str


def hook_lines(webhooks: Sequence[Webhook]) -> list[HookLine]:
    """A store's webhooks, the worst first."""
    order = {WebhookHealth.BROKEN.value: 0, WebhookHealth.DEGRADED.value: 1}
    ranked = sorted(webhooks, key=lambda each: (order.get(each.known.health, 2), each.known.topic))
    return [
        HookLine(
            each.known.topic,
            *_HEALTHS[each.known.health],
            each.last_delivery_at,
            each.known.error or "",
        )
        for each in ranked
    ]


@dataclass(frozen=True, slots=True)
class Running:
    """A sync that waits or runs."""

    sync_id: str
    done: int
    total: int
    note: str
    pausing: str


def running_of(desk: Desk, sync: Sync, progress: Sequence[EntityProgress]) -> Running:
    """How far it is, how fast, and how long it will take."""
    pace = pace_of(sync, progress, desk.show.now)
    parts = [desk.show.things(pace.pulled, "object")]
    if pace.percent is not None:
        parts.insert(0, f"{pace.percent:g} %")
    if pace.per_second:
        parts.append(f"{desk.show.count(round(pace.per_second))} a second")
    if pace.seconds_left:
        parts.append(_left(pace.seconds_left))
    return Running(str(sync.sync_id), round(pace.percent or 0), 100, " · ".join(parts), sync.pausing or "")


def _left(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} s left"
    return f"{round(seconds / 60)} min left"


@dataclass(frozen=True, slots=True)
class PastSync:
    """A sync of the history."""

    mood: str
    word: str
    reason: str
    pulled: str
    at: datetime
    error: str


def past_sync(desk: Desk, sync: Sync, progress: Sequence[EntityProgress]) -> PastSync:
    """One line of the history."""
    mood, word = _SYNC_STATES[sync.status]
    came = [f"{desk.show.count(each.pulled)} {each.entity}" for each in progress if each.pulled]
    return PastSync(
        mood,
        word,
        _REASONS.get(sync.reason, sync.reason),
        ", ".join(came) or "nothing new",
        sync.finished_at or sync.requested_at,
        sync.error or "",
    )
