"""Named steps at which a process can be made to die, so that every crash can be tried where it hurts.

Only `tests/chaos` arms one, and only where nobody but this machine can be a caller. An unarmed step costs one
comparison.
"""

import os
import signal
from enum import StrEnum
from ipaddress import ip_address

from convertos.core.errors import ConfigurationError
from convertos.core.logging import get_logger
from convertos.core.settings import Settings

_logger = get_logger(__name__)


class Step(StrEnum):
    """A moment in the life of a delivery after which everything may end."""

    DELIVERY_READ = "delivery.read"
    DELIVERY_VERIFIED = "delivery.verified"
    RECEIPTS_WRITTEN = "receipts.written"
    """The statement is done; nothing is committed."""
    RECEIPTS_COMMITTED = "receipts.committed"
    """On disk; none of the senders knows."""
    ANSWER_READY = "answer.ready"
    BATCH_CLAIMED = "batch.claimed"
    BATCH_WRITTEN = "batch.written"
    """The ledger, the credits and the marks of days are written; nothing is committed."""
    BATCH_COMMITTED = "batch.committed"
    """On disk; the claim still stands."""
    SUMS_WRITTEN = "sums.written"
    SUMS_COMMITTED = "sums.committed"


_armed: Step | None = None
_passes_left = 0


def reach(step: Step) -> None:
    """Say that the step was reached; ends the process, as kill -9 does, where that was ordered."""
    if step is _armed:
        _count_down()


def _count_down() -> None:
    global _passes_left  # noqa: PLW0603 - a process dies once
    _passes_left -= 1
    if _passes_left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


def arm(settings: Settings) -> None:
    """Obey `CONVERTOS_FAIL_AT`.

    Raises:
        ConfigurationError: it names no step, or this is a server that others can reach.
    """
    global _armed, _passes_left
    if settings.fail_at is None:
        return
    if settings.public_url is not None or not _is_loopback(settings.host):
        raise ConfigurationError("CONVERTOS_FAIL_AT is for tests on one machine; this server can be reached.")
    name, _, times = settings.fail_at.partition(":")
    try:
        _armed, _passes_left = Step(name), int(times or 1)
    except ValueError as error:
        known = ", ".join(Step)
        raise ConfigurationError(f"CONVERTOS_FAIL_AT is STEP or STEP:TIMES; steps are {known}.") from error
    _logger.warning("this process will kill itself", step=name, times=_passes_left)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
