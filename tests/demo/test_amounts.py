"""An order's amounts add up to the last cent."""

from hypothesis import given
from hypothesis import strategies as st

from convertos.demo.amounts import amount_off, percent_off, price_lines, split_tax

amounts = st.lists(st.integers(0, 5_000_00), min_size=1, max_size=6)
rates = st.integers(0, 30_000)


@given(amounts, st.integers(0, 100), rates)
def test_prices_with_tax_are_what_the_customer_pays(shown: list[int], percent: int, rate: int) -> None:
    """Where prices hold the tax, goods and tax of each line are its price less the discount, exactly."""
    off = percent_off(shown, percent)
    lines = price_lines(shown, discount=off, tax_rate=rate, includes_tax=True)
    assert [line.subtotal + line.subtotal_tax for line in lines] == shown
    assert [line.total + line.total_tax for line in lines] == [
        amount - less for amount, less in zip(shown, off, strict=True)
    ]


@given(amounts, st.integers(0, 100), rates)
def test_a_discount_never_turns_a_line_around(shown: list[int], percent: int, rate: int) -> None:
    """No line costs less than nothing, or more than without the coupon, with its tax or without."""
    for includes_tax in (True, False):
        off = percent_off(shown, percent)
        for line in price_lines(shown, discount=off, tax_rate=rate, includes_tax=includes_tax):
            assert 0 <= line.total <= line.subtotal
            assert 0 <= line.total_tax <= line.subtotal_tax


@given(amounts, st.integers(0, 10_000_00))
def test_a_fixed_discount_is_spread_without_losing_a_cent(shown: list[int], amount: int) -> None:
    """The parts of a fixed discount are the discount, or everything where there is less."""
    parts = amount_off(shown, amount)
    assert sum(parts) == min(amount, sum(shown))
    assert all(0 <= part <= whole for part, whole in zip(parts, shown, strict=True))


@given(st.integers(0, 10_000_00), rates)
def test_tax_is_within_half_a_cent(amount: int, rate: int) -> None:
    """Rounded to the nearest cent, whether prices hold the tax or not."""
    net, tax = split_tax(amount, rate, includes_tax=True)
    assert abs(tax * 100_000 - net * rate) <= 100_000
    net, tax = split_tax(amount, rate, includes_tax=False)
    assert abs(tax * 100_000 - net * rate) <= 50_000
