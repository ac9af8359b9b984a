"""How a connection does, in words, and what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from convertos.connections.model import Connection
from convertos.ingest.model import Health, Traffic
from convertos.platforms import Refusal
from convertos.web.desk import Desk

_REFUSALS: Mapping[str, tuple[str, str]] = {
    Refusal.SIGNATURE_INVALID: (
        "wrong signature",
        "Its sender signs with another secret. Rotate the secret and give the sender the new one.",
    ),
    Refusal.ALGORITHM_NOT_ALLOWED: (
        "signature of another kind",
        "Its sender signs in a way that this connection does not allow. See its settings.",
    ),
    Refusal.TIMESTAMP_MISSING: (
        "no time of signing",
        "This connection demands one, and its sender gives none. See its settings.",
    ),
    Refusal.TIMESTAMP_OUTSIDE_TOLERANCE: (
        "signed at another time",
        "The clock of its sender is more than five minutes off.",
    ),
    Refusal.ADDRESS_NOT_ALLOWED: (
        "address not on the list",
        "It is sent from an address that this connection's settings do not allow.",
    ),
    Refusal.CONTENT_TYPE: ("not declared as JSON", "Its sender has to send application/json."),
    Refusal.TOO_LARGE: ("too large", "Its sender sends more at once than this server takes."),
    Refusal.NOT_JSON: ("no JSON", "What its sender sends can't be read."),
    Refusal.EVENT_INVALID: ("not an event", "Its sender leaves out what every event has to have."),
    Refusal.BATCH_TOO_LARGE: ("too many at once", "Its sender puts too many events into one batch."),
    Refusal.RATE_LIMITED: ("too fast", "Its sender is over the limit, and sends the rest again later."),
}


def refusal_in_words(reason: str) -> str:
    """Why something was turned away at the door."""
    known = _REFUSALS.get(reason)
    return known[0].capitalize() if known else reason.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Condition:
    """A dot, a word, and what is known beside it.

    Attributes:
        remedy: what to do; empty where there is nothing to do.
    """

    mood: str
    word: str
    details: Sequence[str | Markup] = ()
    remedy: str = ""


def condition_of(desk: Desk, connection: Connection, traffic: Traffic) -> Condition:
    """How it does at the moment."""
    health = traffic.health(connection)
    if health is Health.PAUSED:
        waiting = desk.show.things(traffic.waiting, "event")
        return Condition("caution", "Paused", (f"{waiting} kept",), "Resume it to process what is kept.")
    if health is Health.NEW:
        return Condition("", "Waiting for the first event")
    if health is Health.HEALTHY:
        return Condition("good", "Active", (_last_event(desk, traffic),))
    return _degraded(desk, traffic)


def _degraded(desk: Desk, traffic: Traffic) -> Condition:
    if traffic.last_rejected_at and (
        traffic.last_seen_at is None or traffic.last_rejected_at > traffic.last_seen_at
    ):
        word, remedy = _REFUSALS.get(traffic.last_rejection or "", (traffic.last_rejection or "", ""))
        since = Markup("{}, {}").format(word, desk.show.when(traffic.last_rejected_at))
        return Condition("bad", "Refused", (since,), remedy)
    failed = desk.show.things(traffic.failed, "event")
    remedy = f"{traffic.last_error} Process them again when the reason is gone." if traffic.last_error else ""
    return Condition("caution", "Degraded", (f"{failed} failed", _last_event(desk, traffic)), remedy)


def _last_event(desk: Desk, traffic: Traffic) -> Markup:
    return Markup("last event {}").format(desk.show.when(traffic.last_seen_at))
