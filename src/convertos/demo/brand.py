"""What a made-up brand is like: read from `tables/<brand>.toml`, where a person can change it.

Amounts are whole cents (all three brands' currencies have a hundred).
"""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from convertos.demo.season import Season, Window

BRANDS = ("quillfink", "wrenfallow", "sunnybarrow")
"""The brands of the demo: their tables, and the last part of what tells their connections apart."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How an arrival by one kind of link looks.

    Attributes:
        source, medium: its UTM parameters; none for links that nobody tagged.
        click_id: the parameter that the network adds.
        referrers: where browsers say they come from; an empty one tells nothing.
        is_search: whether the referrers are search engines.
        tagged: how many of the clicks carry the UTM parameters; the others lost them on the way.
    """

    source: str = ""
    medium: str = ""
    click_id: str = ""
    referrers: tuple[str, ...] = ("",)
    is_search: bool = False
    tagged: float = 1.0


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A way on which visitors come, while it is open.

    Attributes:
        form: how the arrival looks, a table of `arrivals.toml`.
        campaign: its name; `{year}`, `{month}` and `{week}` are those of the day.
        contents: the advertisements or links of the campaign.
        pages: where they land.
        since_day, until_day: of the history, where the way opened or closed for good.
        runs: the windows of each year in which it is open; always, where there are none.
        buyers: visitors found on this way on an ordinary day who will buy, sooner or later.
        lookers: for each of them, how many will not. Real sites have several times as many: they are thinned
            out, because they would fill the disk without making any page more interesting.
        considering, loyal, recovering: how likely somebody comes back this way while making up
            their mind, as a customer, or after leaving a cart; weights among all ways.
        is_mail: whether only subscribers can come this way.
        coupon: what the visitor may have been promised there.
    """

    form: str
    campaign: str = ""
    contents: tuple[str, ...] = ()
    pages: tuple[str, ...] = ("/",)
    since_day: int = 0
    until_day: int = 1_000_000
    runs: tuple[str, ...] = ()
    buyers: float = 0.0
    lookers: float = 0.0
    considering: float = 0.0
    loyal: float = 0.0
    recovering: float = 0.0
    is_mail: bool = False
    coupon: str = ""

    def is_open(self, day: date, number: int) -> bool:
        """Whether visitors come this way on a day, the `number`th of the history."""
        if not self.since_day <= number < self.until_day:
            return False
        return not self.runs or any(day in Window.parse(window) for window in self.runs)


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the brand sells.

    Attributes:
        variants: the names of its variants, each with its price in cents.
        price: in cents; of a product with variants, of the cheapest.
        popularity: how often it is bought beside the others.
    """

    sku: str
    name: str
    category: str
    price: int = 0
    variants: dict[str, int] = {}
    option: str = ""
    popularity: float = 1.0
    tags: tuple[str, ...] = ()


class Country(msgspec.Struct, frozen=True, kw_only=True):
    """Where customers are.

    Attributes:
        tax: percent, with decimals; by state where states have their own.
        shipping: in cents, before tax where prices are.
        free_from: from which amount of goods on nothing is taken for shipping.
    """

    code: str
    share: float
    tax: float = 0.0
    tax_by_state: dict[str, float] = {}
    shipping: int = 0
    free_from: int = 1_000_000_00


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A way to pay.

    Attributes:
        is_transfer: whether the money comes days later, or never.
    """

    method: str
    title: str
    share: float
    is_transfer: bool = False


class Coupon(msgspec.Struct, frozen=True, kw_only=True):
    """A code.

    Attributes:
        percent, amount: what it takes off: a part, or cents.
        share: how many of the orders within its window use it without having been promised it.
        runs: as of a way; empty for one that is only promised.
    """

    code: str
    percent: int = 0
    amount: int = 0
    share: float = 0.0
    runs: tuple[str, ...] = ()


class PriceRise(msgspec.Struct, frozen=True):
    """A day of the history on which all prices rose, and by how many percent."""

    day: int
    percent: int


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """How people buy.

    Attributes:
        lines, quantities: how many lines orders have, and pieces lines have: weights from one on.
        guests: how many buy without an account.
        consents: how many visitors may be followed.
        subscribes: how many buyers are on the mailing list.
        signs_up: how many visitors leave their address for a promise, of those who will buy and of the others.
        comes_again: after the first, second, ... order, how many buy again; the last goes for all others.
        again_after_days: the median of how long that takes; again_spread: how much it varies.
        leaves_cart: how many visitors who will not buy begin a checkout.
        recovers: how many of the left carts are bought after a reminder.
        fails, retries: how many payments fail, and how many of those are tried again.
        ignores_transfer: how many never transfer the money.
        cancels: how many orders are cancelled and paid back before they are sent.
        done_after_hours: between how many hours after the payment the goods are sent, or the work done.
        returns_part, returns_all: how many orders give a part, or everything, back after they came.
        earlier_customers: people who bought before the history begins, and come again in it.
        staff_tests_per_month: orders that staff make to try the shop.
    """

    lines: tuple[float, ...]
    quantities: tuple[float, ...]
    guests: float
    consents: float
    subscribes: float
    signs_up: tuple[float, float]
    comes_again: tuple[float, ...]
    again_after_days: float
    again_spread: float
    leaves_cart: float
    recovers: float
    fails: float
    retries: float
    ignores_transfer: float
    cancels: float
    done_after_hours: tuple[float, float]
    returns_part: float
    returns_all: float
    return_reasons: tuple[str, ...]
    earlier_customers: int = 0
    staff_tests_per_month: float = 0.0


class QuoteForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form on a site that sells by quotes."""

    id: str
    name: str
    page: str
    share: float


class Quotes(msgspec.Struct, frozen=True, kw_only=True):
    """How requests become sales.

    Attributes:
        plugin: the form plugin's name.
        sells: how many requests end in a sale.
        decides_after_days: the median until the customer accepts.
        asks_twice: how many send a second form.
    """

    plugin: str
    forms: tuple[QuoteForm, ...]
    sells: float
    decides_after_days: float
    asks_twice: float


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """A made-up brand.

    Attributes:
        kind: `shop` or `quotes`.
        voices: who tells of it: `woocommerce`, `wordpress`.
        growth: by how much a year is busier than the one before.
        prices_include_tax: as shops in Europe and Australia show them.
        first_order: the number of the history's first order, as the shop is older.
    """

    key: str
    name: str
    domain: str
    kind: str
    voices: tuple[str, ...]
    timezone: str
    currency: str
    currency_symbol: str
    growth: float
    prices_include_tax: bool
    first_order: int
    season: Season
    countries: tuple[Country, ...]
    payments: tuple[Payment, ...]
    products: tuple[Product, ...]
    ways: tuple[Way, ...]
    trade: Trade
    coupons: tuple[Coupon, ...] = ()
    price_rises: tuple[PriceRise, ...] = ()
    quotes: Quotes | None = None

    @property
    def address(self) -> str:
        """Its site's address, without a slash at its end."""
        return f"https://{self.domain}"


@cache
def brand(key: str) -> Brand:
    """One of the brands."""
    return msgspec.convert({"key": key, **_table(key)}, Brand)


@cache
def forms() -> dict[str, Form]:
    """How arrivals look, by name."""
    return msgspec.convert(_table("arrivals"), dict[str, Form])


class Population(msgspec.Struct, frozen=True, kw_only=True):
    """The people of a country.

    Attributes:
        cities: (postcode, city, state).
        phones: numbers that are reserved for fiction; each `#` is any digit.
    """

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str, str], ...]
    phones: tuple[str, ...]


@cache
def populations() -> dict[str, Population]:
    """Who lives where, by country."""
    return msgspec.convert(_table("people"), dict[str, Population])


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("convertos.demo") / "tables" / f"{name}.toml").read_text("utf-8"))
