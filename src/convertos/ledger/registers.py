"""Fields that several statements may set: the newest statement of each field wins. Pure.

One version stands for the whole object; only fields whose newest statement is an older one, or that nobody
has stated, keep a version of their own. The outcome is the same for any order of statements.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convertos.records.version import NEVER


class Registers(NamedTuple):
    """The state of an object's fields after a statement.

    Attributes:
        version: the newest statement of all.
        field_versions: of fields that another statement set: its version, or `NEVER`.
        taken: the fields that the statement set.
    """

    version: str
    field_versions: dict[str, str]
    taken: list[str]


def fold_fields(
    names: Sequence[str],
    stated: Mapping[str, Any],
    version: str,
    before: str,
    known: Mapping[str, str] | None,
) -> Registers:
    """Decide which of the stated fields are news.

    Args:
        names: all fields of the object.
        version: the statement's.
        before: the object's version so far, `NEVER` for a new one.
        known: the fields' own versions so far.
    """
    newest = max(before, version)
    field_versions: dict[str, str] = {}
    taken: list[str] = []
    for name in names:
        current = known.get(name, before) if known else before
        if name in stated and version > current:
            taken.append(name)
            current = version
        if current != newest:
            field_versions[name] = current
    return Registers(newest, field_versions, taken)


__all__ = ["NEVER", "Registers", "fold_fields"]
