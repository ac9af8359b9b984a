"""What the senders know: an append-only file outside of the system, and the same in memory."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from tests.chaos.commerce import Event, Fact


class Standing(StrEnum):
    """What a sender knows of an event."""

    UNANSWERED = "unanswered"
    """Nobody said that it was kept; it may have been."""
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"


@dataclass
class Entry:
    """One event, without its bytes."""

    name: str
    connection_id: UUID
    client_id: UUID
    event_type: str
    digest: bytes
    fate: str
    fact: Fact | None
    standing: Standing = Standing.UNANSWERED

    @property
    def key(self) -> tuple[UUID, str, bytes]:
        """What tells its receipt from all others."""
        return self.connection_id, self.event_type, self.digest


class Journal:
    """Every event that was ever sent."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a", encoding="utf-8")
        self.entries: dict[str, Entry] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def sending(self, events: Iterable[Event]) -> None:
        """Note events before their first byte leaves."""
        for event in events:
            self.entries[event.name] = Entry(
                name=event.name,
                connection_id=event.source.connection_id,
                client_id=event.source.client_id,
                event_type=event.event_type,
                digest=sha256(event.body).digest(),
                fate=event.fate,
                fact=event.fact,
            )
            self._write("sending", event.name, event.event_type, str(event.source.connection_id))

    def learned(self, events: Iterable[Event], standing: Standing) -> None:
        """Note what the answer said."""
        for event in events:
            self.entries[event.name].standing = standing
            self._write(standing, event.name)

    def count(self, standing: Standing) -> int:
        return sum(entry.standing is standing for entry in self.entries.values())

    def _write(self, *words: str) -> None:
        self._file.write(json.dumps(words) + "\n")
        self._file.flush()
