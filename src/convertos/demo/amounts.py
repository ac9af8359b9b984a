"""Works out what an order costs. Pure; whole cents, so that every sum is exact.

A discount is taken off what the customer sees: with tax where prices hold it. What remains is split into
goods and tax line by line, as shops do.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from convertos.records import split_amount

_ALL = 100_000
"""A whole, in the thousandths of a percent that tax rates are in."""


class PricedLine(NamedTuple):
    """A line's amounts without tax and their tax, before and after the discount."""

    subtotal: int
    subtotal_tax: int
    total: int
    total_tax: int


def price_lines(
    amounts: Sequence[int], *, discount: Sequence[int], tax_rate: int, includes_tax: bool
) -> list[PricedLine]:
    """The lines of an order.

    Args:
        amounts: what each line costs as it is shown.
        discount: what is taken off each.
        tax_rate: thousandths of a percent.
    """
    return [
        PricedLine(
            *split_tax(amount, tax_rate, includes_tax=includes_tax),
            *split_tax(amount - off, tax_rate, includes_tax=includes_tax),
        )
        for amount, off in zip(amounts, discount, strict=True)
    ]


def split_tax(amount: int, tax_rate: int, *, includes_tax: bool) -> tuple[int, int]:
    """An amount as it is shown, as the part without tax and the tax."""
    if includes_tax:
        net = _rounded(amount * _ALL, _ALL + tax_rate)
        return net, amount - net
    return amount, _rounded(amount * tax_rate, _ALL)


def percent_off(amounts: Sequence[int], percent: int) -> list[int]:
    """What a coupon of some percent takes off each amount."""
    return [_rounded(amount * percent, 100) for amount in amounts]


def amount_off(amounts: Sequence[int], amount: int) -> list[int]:
    """What a coupon of a fixed amount takes off each; never more than there is."""
    whole = sum(amounts)
    off = min(amount, whole)
    if off == 0:
        return [0 for _ in amounts]
    return [int(part) for part in split_amount(Decimal(off), [Decimal(each) for each in amounts], 0)]


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
