"""What a person is called does not depend on what was heard first."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from convertos.ledger.contact_profile import (
    Appearance,
    Profile,
    Strength,
    absorb,
    fold_appearance,
    name_key,
    new_contact,
    together,
)

START = datetime(2026, 11, 1, tzinfo=UTC)
instants = st.integers(-2, 2).map(lambda days: START + timedelta(days=days))
names = st.none() | st.sampled_from(["a", "B", "b", "ä", "Σας", "a b"])
appearances = st.builds(
    Appearance,
    strength=st.sampled_from([Strength.CALLER, Strength.RECORD, Strength.ACCOUNT]),
    said_at=instants,
    seen_at=instants,
    email=st.none() | st.sampled_from(["a@x", "b@x"]),
    phone=st.none() | st.sampled_from(["+301", "+302"]),
    first_name=names,
    last_name=names,
)
several = st.lists(appearances, min_size=1, max_size=8)


def profile_of(said: list[Appearance]) -> Profile:
    contact = new_contact(UUID(int=1), UUID(int=2), said[0])
    for each in said:
        fold_appearance(contact, each)
    return contact.profile()


@given(several, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_profile(said: list[Appearance], random: Any) -> None:
    """The strongest word wins, then the newest, then the greater: never the first to arrive."""
    shuffled = list(said)
    random.shuffle(shuffled)
    assert profile_of(shuffled) == profile_of(said)


@given(several, several)
def test_two_who_turn_out_to_be_one_are_as_if_always_one(
    one: list[Appearance], other: list[Appearance]
) -> None:
    """A merge knows what a single contact would have known."""
    merged, mirrored = profile_of(one), profile_of(other)
    absorb(merged, profile_of(other))
    absorb(mirrored, profile_of(one))
    assert merged == mirrored == profile_of(one + other)
    assert together(profile_of(one), [profile_of(other)]) == merged


@given(several)
def test_the_strongest_then_newest_name_wins(said: list[Appearance]) -> None:
    """An account's name is above an order's, whatever their times; what came with a phone alone is last."""
    named = [each for each in said if each.first_name or each.last_name]
    result = profile_of(said)
    if not named:
        assert (result.first_name, result.last_name, result.name_key) == (None, None, None)
        return
    best = max(
        named, key=lambda each: (each.strength, each.said_at, each.first_name or "", each.last_name or "")
    )
    assert (result.first_name, result.last_name) == (best.first_name, best.last_name)
    assert result.name_key == name_key(best.first_name, best.last_name)
    assert result.first_seen_at == min(each.seen_at for each in said)
    assert result.last_seen_at == max(each.seen_at for each in said)


@given(st.text(max_size=400), st.text(max_size=400))
def test_a_name_fits_into_an_index(first: str, last: str) -> None:
    """However long a name is, what it is searched by stays below what an index takes."""
    key = name_key(first, last)
    assert key is None or len(key.encode("utf-8", "surrogatepass")) <= 800
