"""A site's own fields become ours by rules, and keep their values."""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convertos.platforms.wordpress.field_rules import FieldRule, MappedObject, apply_rules
from convertos.platforms.wordpress.field_values import InconvertibleError, ValueType, converted, is_absent

ITEM: dict[str, Any] = {
    "billing": {"company": "Tea & Sons", "vat.id": "EL123"},
    "meta_data": [{"key": "_vat", "value": "EL999"}, {"name": "colour", "value": ["red", "green"]}],
    "first_name": "Maria",
    "tags": ["a", "b"],
}


def rule(source: str, target: str, kind: str = "text", *, required: bool = False) -> FieldRule:
    return FieldRule(
        object=MappedObject.CUSTOMER, source=source, target=target, type=ValueType(kind), required=required
    )


class TestPaths:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("billing.company", "Tea & Sons"),
            (r"billing.vat\.id", "EL123"),
            ("meta_data._vat", "EL999"),
            ("meta_data.colour", "red, green"),
            ("tags.1", "b"),
            ("firstName", "Maria"),
        ],
    )
    def test_a_source_is_found(self, source: str, expected: str) -> None:
        """Through objects, into lists by place and by name, over dots within names, in both spellings."""
        assert apply_rules(ITEM, [rule(source, "role")]).item["role"] == expected

    @pytest.mark.parametrize(
        "source", ["nothing", "billing.nothing.more", "tags.7", "tags.x", "first_name.x"]
    )
    def test_a_source_that_is_not_there_changes_nothing(self, source: str) -> None:
        """So what was mapped already passes as it is."""
        mapped = apply_rules(ITEM, [rule(source, "role")])
        assert (mapped.item, mapped.errors, mapped.warnings) == (ITEM, [], [])

    def test_the_item_itself_stays_as_it_was(self) -> None:
        """Rules read what was sent, so their order is no matter."""
        swap = [rule("first_name", "lastName"), rule("billing.company", "firstName")]
        before = {**ITEM}
        forth, back = apply_rules(ITEM, swap).item, apply_rules(ITEM, swap[::-1]).item
        assert forth == back
        assert (forth["firstName"], forth["lastName"]) == ("Tea & Sons", "Maria")
        assert before == ITEM

    def test_a_target_is_written_in_one_spelling(self) -> None:
        """The other spelling of the same field goes, so that they can't contradict each other."""
        item = apply_rules(ITEM, [rule("billing.company", "firstName")]).item
        assert item["firstName"] == "Tea & Sons"
        assert "first_name" not in item

    def test_custom_fields_keep_their_names(self) -> None:
        """A name of the site's own is not respelled."""
        item = apply_rules(
            {"a": "1", "custom_fields": {"b_c": 2}}, [rule("a", r"customFields.my_own\.name")]
        ).item
        assert item["customFields"] == {"b_c": 2, "my_own.name": "1"}


class TestRequired:
    def test_a_missing_required_field_is_an_error(self) -> None:
        """It names where it was looked for."""
        mapped = apply_rules(ITEM, [rule("nothing", "role", required=True)])
        assert [fault.field for fault in mapped.errors] == ["nothing"]

    def test_what_is_there_already_is_enough(self) -> None:
        """A required target that was sent by its own name is not missing."""
        assert apply_rules({"role": "x"}, [rule("nothing", "role", required=True)]).errors == []

    def test_what_can_t_be_converted_is_a_warning_or_an_error(self) -> None:
        """Left out where nobody demands it."""
        one = apply_rules({"a": "x"}, [rule("a", "role", "number")])
        two = apply_rules({"a": "x"}, [rule("a", "role", "number", required=True)])
        assert ([fault.field for fault in one.warnings], one.errors) == (["a"], [])
        assert ([fault.field for fault in two.errors], two.warnings) == (["a"], [])
        assert "role" not in one.item


class TestTypes:
    @pytest.mark.parametrize(
        ("kind", "value", "expected"),
        [
            ("text", " a ", "a"),
            ("text", 7, "7"),
            ("text", True, "true"),
            ("text", ["a", "b"], "a, b"),
            ("number", "12,50", Decimal("12.50")),
            ("number", -3, Decimal(-3)),
            ("integer", "7.0", 7),
            ("boolean", "Yes", True),
            ("boolean", "", False),
            ("boolean", 0, False),
            ("date", "2026-03-01T23:30:00-02:00", "2026-03-02"),
            ("date", "2026-03-01", "2026-03-01"),
            ("datetime", "2026-03-01T10:00:00", "2026-03-01T10:00:00Z"),
            ("datetime", 1772359200, "2026-03-01T10:00:00Z"),
            ("list", "a, b ,,c", ["a", "b", "c"]),
            ("list", ["a", 7, ""], ["a", "7"]),
        ],
    )
    def test_a_value_becomes_what_the_table_says(self, kind: str, value: Any, expected: Any) -> None:
        """The reference's table, line by line."""
        assert converted(value, ValueType(kind)) == expected

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            ("text", {"a": 1}),
            ("number", "1.2.3"),
            ("number", True),
            ("integer", "7.5"),
            ("boolean", "perhaps"),
            ("date", "tomorrow"),
            ("datetime", 10**18),
            ("list", [["a"]]),
        ],
    )
    def test_what_is_not_taken(self, kind: str, value: Any) -> None:
        """It is refused in a sentence, whatever it is."""
        with pytest.raises(InconvertibleError, match=r"\.$"):
            converted(value, ValueType(kind))

    @given(st.integers(-(10**14), 10**14), st.integers(0, 6))
    def test_numbers_are_exact(self, digits: int, decimals: int) -> None:
        """No amount passes through a float."""
        number = Decimal(digits).scaleb(-decimals)
        assert converted(f"{number:f}", ValueType.NUMBER) == number

    @given(st.dates(date(1970, 1, 2), date(2100, 1, 1)))
    def test_dates_come_back_as_they_were(self, day: date) -> None:
        """A birthday is no other day in any time zone."""
        assert converted(day.isoformat(), ValueType.DATE) == day.isoformat()

    @given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - bounds
    def test_instants_stay_the_same_instant(self, at: datetime) -> None:
        """In whatever zone they were written."""
        written = at.isoformat()
        assert datetime.fromisoformat(converted(written, ValueType.DATETIME)) == datetime.fromisoformat(
            written
        )

    @given(st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()))
    def test_no_value_is_an_accident(self, value: Any) -> None:
        """Every value is absent, converted, or refused in words, for each type."""
        for kind in ValueType:
            if not is_absent(value, kind):
                with suppress(InconvertibleError):
                    assert converted(value, kind) is not None
