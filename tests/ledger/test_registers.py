"""Fields as registers: the newest statement of each wins."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from convertos.ledger.registers import NEVER, fold_fields

NAMES = ("a", "b", "c")
statements = st.lists(
    st.tuples(
        st.text("0123456789", min_size=1, max_size=2), st.dictionaries(st.sampled_from(NAMES), st.integers())
    ),
    max_size=8,
    unique_by=lambda statement: statement[0],
)


def folded(said: list[tuple[str, dict[str, int]]]) -> tuple[dict[str, int], str, dict[str, str]]:
    values: dict[str, int] = {}
    version, known = NEVER, dict[str, str]()
    for stated_version, stated in said:
        result = fold_fields(NAMES, stated, stated_version, version, known)
        values |= {name: stated[name] for name in result.taken}
        version, known = result.version, result.field_versions
    return values, version, known


@given(statements, st.randoms(use_true_random=False))
def test_each_register_holds_its_newest_statement(
    said: list[tuple[str, dict[str, int]]], random: Any
) -> None:
    """In any order, and knowing of each field when it was stated or that it never was."""
    newest: dict[str, tuple[str, int]] = {}
    for version, stated in sorted(said, key=lambda statement: statement[0]):
        newest |= {name: (version, value) for name, value in stated.items()}
    last = max((version for version, _ in said), default=NEVER)
    shuffled = list(said)
    random.shuffle(shuffled)
    values, version, known = folded(shuffled)
    assert values == {name: value for name, (_, value) in newest.items()}
    assert version == last
    stated_at = {name: newest[name][0] if name in newest else NEVER for name in NAMES}
    assert known == {name: at for name, at in stated_at.items() if at != last}
