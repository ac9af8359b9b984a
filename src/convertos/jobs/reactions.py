"""Telling that something happened, and doing what follows in the same transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from convertos.core.database import Transaction
from convertos.records import Fact

Reaction = Callable[[Transaction, Any], Awaitable[None]]
"""Does what follows from one kind of fact."""

_reactions: dict[type[Fact], Sequence[Reaction]] = {}


def install_reactions(reactions: Mapping[type[Fact], Sequence[Reaction]]) -> None:
    """Say what follows from each kind of fact; called once in a process, with `flow.REACTIONS`."""
    _reactions.clear()
    _reactions.update(reactions)


async def emit(transaction: Transaction, *facts: Fact) -> None:
    """Tell facts; whatever follows has happened when this returns, or the transaction fails."""
    for fact in facts:
        for react in _reactions.get(type(fact), ()):
            await react(transaction, fact)
