"""Amounts in the shop's currency, wherever Shopify states them in the buyer's.

A payment's amount is in the currency that the buyer paid in. Every other amount of the same body stands there
twice, in the shop's currency and in the buyer's (`shop_money`, `presentment_money`): their ratio converts it.

Source: integrations.md A5 and A6; rest_field_shapes_2026-07.json, checked 2026-11.
"""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from convertos.platforms.values import amount, mapping, text
from convertos.records import currency_decimals

_DEEPEST = 6


class Exchange(NamedTuple):
    """What one amount was worth in both currencies."""

    shop: Decimal
    shop_currency: str
    presentment: Decimal
    presentment_currency: str

    def in_shop_currency(self, value: Decimal, currency: str | None) -> Decimal:
        """An amount that was paid, in the shop's currency."""
        if currency in {None, self.shop_currency} or currency != self.presentment_currency:
            return value
        step = Decimal(1).scaleb(-currency_decimals(self.shop_currency))
        return (value * self.shop / self.presentment).quantize(step, rounding=ROUND_HALF_UP)


def exchange_of(body: Mapping[str, Any]) -> Exchange | None:
    """The most exact pair of amounts in a body: the largest; `None` where it holds none."""
    pairs = [pair for pair in _pairs(body, 0) if pair.presentment > 0 and pair.shop > 0]
    return max(pairs, key=lambda pair: pair.presentment, default=None)


def _pairs(value: Any, depth: int) -> Iterator[Exchange]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        if "shop_money" in value and "presentment_money" in value:
            pair = _pair(mapping(value["shop_money"]), mapping(value["presentment_money"]))
            if pair is not None:
                yield pair
            return
        for member in value.values():
            yield from _pairs(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            yield from _pairs(member, depth + 1)


def _pair(shop: Mapping[str, Any], presentment: Mapping[str, Any]) -> Exchange | None:
    ours, theirs = amount(shop.get("amount")), amount(presentment.get("amount"))
    our_currency, their_currency = (
        text(shop.get("currency_code"), 3),
        text(presentment.get("currency_code"), 3),
    )
    if ours is None or theirs is None or our_currency is None or their_currency is None:
        return None
    return Exchange(ours, our_currency.upper(), theirs, their_currency.upper())


def shop_amount(value: Any) -> Decimal | None:
    """The shop's side of a pair of amounts."""
    return amount(mapping(mapping(value).get("shop_money")).get("amount"))
