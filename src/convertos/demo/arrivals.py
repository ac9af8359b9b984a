"""Lets visitors arrive: what the link they clicked carries."""

from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import quote_plus

from convertos.demo.brand import Brand, Form, Way, forms
from convertos.demo.chance import Chance
from convertos.demo.happenings import Arrival

_PAID = frozenset({"cpc", "paid_social"})


def arrive(chance: Chance, brand: Brand, way: Way, at: datetime) -> Arrival:
    """One arrival on a way."""
    form = forms()[way.form]
    is_tagged = bool(form.source) and chance.happens(form.tagged)
    utm = _utm(chance, form, way, at.date()) if is_tagged else {}
    click_ids = {form.click_id: chance.token(36)} if form.click_id else {}
    query = {**{f"utm_{name}": value for name, value in utm.items()}, **click_ids}
    page = f"{brand.address}{chance.one_of(way.pages)}"
    return Arrival(
        utm=utm,
        click_ids=click_ids,
        referrer=chance.one_of(form.referrers),
        landing_page=f"{page}?{_encoded(query)}" if query else page,
        is_search=form.is_search,
    )


def _utm(chance: Chance, form: Form, way: Way, day: date) -> dict[str, str]:
    utm = {"source": form.source}
    if form.medium:
        utm["medium"] = form.medium
    if way.campaign:
        utm["campaign"] = campaign = campaign_name(way.campaign, day)
        if form.medium in _PAID:
            utm["id"] = _campaign_id(campaign)
    if way.contents:
        utm["content"] = chance.one_of(way.contents)
    return utm


def _encoded(query: dict[str, str]) -> str:
    return "&".join(f"{name}={_quoted(value)}" for name, value in query.items())


# Campaigns repeat; click ids need no quoting, and would crowd the memory out.
_quoted_name = lru_cache(maxsize=4096)(quote_plus)


def _quoted(value: str) -> str:
    is_plain = value.isascii() and value.replace("_", "").replace("-", "").isalnum()
    return value if is_plain else _quoted_name(value)


def campaign_name(template: str, day: date) -> str:
    """A campaign's name on a day."""
    if "{" not in template:
        return template
    return template.format(year=day.year, month=f"{day.month:02}", week=f"{day.isocalendar().week:02}")


def _campaign_id(campaign: str) -> str:
    """The number that an advertising network would have given the campaign."""
    return str(int.from_bytes(blake2b(campaign.encode(), digest_size=7).digest()) + 10**17)[:18]
