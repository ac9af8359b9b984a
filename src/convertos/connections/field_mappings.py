"""A site's field mapping: read, and changed without undoing somebody else's change.

Source: docs/reference/plugin-protocol.md, "Field mapping".
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from convertos.connections import site_store as store
from convertos.core.clock import Clock, system_clock
from convertos.core.database import Transaction
from convertos.core.errors import ConflictError, FieldError, InvalidError
from convertos.platforms.wordpress.field_rules import FieldRule

MOST_RULES = 200


class FieldMapping(msgspec.Struct, frozen=True):
    """A connection's rules; version 0 is the mapping that nobody has written yet."""

    version: int
    rules: tuple[FieldRule, ...]
    changed_at: datetime | None


async def read_mapping(transaction: Transaction, connection_id: UUID) -> FieldMapping:
    """The mapping of a connection of the scope."""
    found = await store.find_mapping(transaction, connection_id)
    if found is None:
        return FieldMapping(0, (), None)
    rules = msgspec.convert(found.rules, tuple[FieldRule, ...])
    return FieldMapping(found.version, rules, found.changed_at)


async def write_mapping(
    transaction: Transaction,
    client_id: UUID,
    connection_id: UUID,
    rules: Sequence[FieldRule],
    *,
    version: int | None,
    clock: Clock = system_clock,
) -> FieldMapping:
    """Put these rules in the place of those before.

    Args:
        version: the one that they were made from; `None` to write whatever is there.

    Raises:
        ConflictError: somebody changed the mapping meanwhile.
        InvalidError: two rules are for one target.
    """
    _refuse_twice(rules)
    present = await read_mapping(transaction, connection_id)
    now = clock()
    written = FieldMapping(present.version + 1, tuple(rules), now)
    stored = store.StoredMapping(written.version, [msgspec.to_builtins(rule) for rule in rules], now)
    is_present = version is None or version == present.version
    if not (is_present and await store.write_mapping(transaction, client_id, connection_id, stored)):
        raise ConflictError(
            "Somebody changed the mapping meanwhile. Read it again, then change it.", code="mapping_changed"
        )
    return written


def _refuse_twice(rules: Sequence[FieldRule]) -> None:
    places = Counter((rule.object, rule.target) for rule in rules)
    twice = [
        FieldError(f"rules.{place}.target", "Another rule is for the same target.")
        for place, rule in enumerate(rules)
        if places[rule.object, rule.target] > 1
    ]
    if twice:
        raise InvalidError("Two rules are for one target.", *twice)
