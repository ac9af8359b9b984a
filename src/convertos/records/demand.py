"""What a platform asks of us that is no statement about an object."""

from enum import StrEnum
from typing import NamedTuple

from convertos.records.ledger_records import Record


class DemandKind(StrEnum):
    """What is asked."""

    LEAVE = "leave"
    """The store removed us: our keys are worth nothing any more."""

    TELL_PERSON = "tell_person"
    """A customer wants to know what is kept of them; the shop has to answer."""

    ERASE_PERSON = "erase_person"
    """A customer wants to be forgotten."""

    ERASE_STORE = "erase_store"
    """The shop wants everything of its customers to be forgotten."""


class Demand(NamedTuple):
    """One thing that is asked.

    Attributes:
        about: whom it concerns, in the words in which they would be told of.
        reference: what the platform calls this demand.
    """

    kind: DemandKind
    about: tuple[Record, ...] = ()
    reference: str | None = None
