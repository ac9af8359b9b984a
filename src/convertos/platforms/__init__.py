"""What the outside systems speak, and how each becomes records. One folder each; none knows another.

In:    a request at the door, or a receipt from the store of receipts.
Out:   deliveries (what is kept) and records (what it means).
Next:  `ingest` keeps deliveries; `ledger` applies records.
Never: SQL. Mapping and signatures are pure functions; only a platform's `client` calls out.
"""

from convertos.platforms.contract import (
    Delivery,
    DoorRules,
    Ignored,
    IgnoreReason,
    Locator,
    Platform,
    ReceivedEvent,
    Refusal,
    RefusedError,
    Request,
    UnreadableError,
)
from convertos.platforms.registry import all_platforms, all_store_platforms, platform_of, store_platform_of

__all__ = [
    "Delivery",
    "DoorRules",
    "IgnoreReason",
    "Ignored",
    "Locator",
    "Platform",
    "ReceivedEvent",
    "Refusal",
    "RefusedError",
    "Request",
    "UnreadableError",
    "all_platforms",
    "all_store_platforms",
    "platform_of",
    "store_platform_of",
]
