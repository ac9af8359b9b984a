"""All SQL of receipts: keeping them, claiming and finishing them, and what people see of them."""

from convertos.ingest.store.inbox import (
    INBOX_CHANNEL,
    LEASE_SECONDS,
    Claimed,
    Failure,
    InboxState,
    LostClaimError,
    Outcome,
    begin,
    claim,
    count_waiting,
    end_claim,
    finish,
    give_back,
    hold,
    inbox_state,
)
from convertos.ingest.store.receipts import NewReceipt, count_rejections, keep_receipts, known_keys
from convertos.ingest.store.retention import drop_old_receipts, make_coming_partitions

__all__ = [
    "INBOX_CHANNEL",
    "LEASE_SECONDS",
    "Claimed",
    "Failure",
    "InboxState",
    "LostClaimError",
    "NewReceipt",
    "Outcome",
    "begin",
    "claim",
    "count_rejections",
    "count_waiting",
    "drop_old_receipts",
    "end_claim",
    "finish",
    "give_back",
    "hold",
    "inbox_state",
    "keep_receipts",
    "known_keys",
    "make_coming_partitions",
]
