"""Amounts: read exactly, printed with their currency's decimals, split without losing a cent."""

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

# A shop writes at most some twelve digits; the bounds keep "1e100000" from becoming a 100 kB number.
_MOST_DECIMALS = 12
_PLAIN = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,12})?")
_MOST_DIGITS = 15
_SMALLEST_STEP = Decimal(1).scaleb(-_MOST_DECIMALS)


def parse_amount(value: object) -> Decimal:
    """An amount as it was sent (text or number), exactly.

    Args:
        value: a string such as `"12.50"`, an int, or a Decimal read from raw JSON.

    Raises:
        ValueError: it is no finite amount below 10**15.
    """
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) or _PLAIN.fullmatch(value := value.strip()):
            return Decimal(value)
        raise ValueError(f"{value[:40]!r} is not an amount")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"{type(value).__name__} is not an amount")
    amount = Decimal(value)
    # Compared by its digits: taking the absolute value of 1e9999999 raises.
    if not amount.is_finite() or amount.adjusted() >= _MOST_DIGITS:
        raise ValueError("the amount is out of range")
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_MOST_DECIMALS:
        amount = amount.quantize(_SMALLEST_STEP)
    return amount


def currency_decimals(currency: str) -> int:
    """How many decimals the currency has (EUR 2, JPY 0, KWD 3), by CLDR."""
    return get_currency_precision(currency)


def format_amount(amount: Decimal, currency: str) -> str:
    """The amount as a decimal string with at least its currency's decimals (`85.9` → `85.90`)."""
    decimals = currency_decimals(currency)
    plain = amount.normalize()
    exponent = plain.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent <= decimals:
        plain = amount.quantize(Decimal(1).scaleb(-decimals))
    return f"{plain:f}"


def split_amount(total: Decimal, weights: Sequence[Decimal], decimals: int) -> list[Decimal]:
    """Split an amount by weights so that the parts add up to it exactly (largest remainder).

    Args:
        total: what is split; may be negative.
        weights: not negative, not all zero; ties go to the earlier part.
        decimals: the currency's decimals. A total that is finer keeps its remainder on the first
            part with the largest weight.

    Raises:
        ValueError: there is no positive weight.
    """
    whole = sum(weights, Decimal(0))
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("an amount needs at least one positive weight and no negative one")
    step = Decimal(1).scaleb(-decimals)
    rounded = total.quantize(step, rounding=ROUND_HALF_UP)
    exact = [rounded * weight / whole for weight in weights]
    parts = [share.quantize(step, rounding=ROUND_DOWN) for share in exact]
    missing = int((rounded - sum(parts)) / step)
    sign = step if missing >= 0 else -step
    by_remainder = sorted(range(len(parts)), key=lambda i: abs(exact[i] - parts[i]), reverse=True)
    for index in by_remainder[: abs(missing)]:
        parts[index] += sign
    largest = max(range(len(weights)), key=lambda i: weights[i])
    parts[largest] += total - rounded
    return parts
