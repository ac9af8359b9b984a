"""Whether a connection to a Shopify store is good, said in words.

Source: integrations.md A4, checked 2026-11.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from convertos.platforms.remote import Caution, RemoteError, Verdict
from convertos.platforms.shopify.admin import Admin

SCOPES: Sequence[str] = ("read_customers", "read_orders", "read_products", "read_fulfillments")
"""What is asked for; what has to be granted is in `_NEEDED`."""
ALL_ORDERS = "read_all_orders"
_NEEDED = ("read_orders", "read_customers", "read_products")

SIXTY_DAYS = Caution(
    "history_60_days",
    "Shopify shows this app only the orders of the last 60 days: the history is not complete.",
    "For older orders the app needs the scope read_all_orders, which Shopify has to grant first: in the Dev "
    "Dashboard choose your app, then API access requests, then Read all orders. Then connect the store again.",
)
NO_PERSONAL_DATA = Caution(
    "protected_data",
    "Shopify does not give this app customers' names, e-mail addresses and phone numbers.",
    "Orders and revenue are complete, but can't be tied to people, leads or chats. In the Dev Dashboard choose "
    "your app, then API access requests, then Protected customer data access, and ask for name, e-mail and "
    "phone. On the smallest plan Shopify may not offer it.",
)


class _Domain(msgspec.Struct):
    host: str


class _Plan(msgspec.Struct, rename="camel"):
    public_display_name: str = ""
    partner_development: bool = False


class _Shop(msgspec.Struct, rename="camel"):
    name: str
    myshopify_domain: str
    currency_code: str
    iana_timezone: str
    primary_domain: _Domain
    plan: _Plan


class _Scope(msgspec.Struct):
    handle: str


class _Installation(msgspec.Struct, rename="camel"):
    access_scopes: list[_Scope]


class _People(msgspec.Struct):
    nodes: list[dict[str, Any]]


def holds(scopes: Sequence[str], scope: str) -> bool:
    """Whether a scope was granted; the right to write is also the right to read."""
    return scope in scopes or scope.replace("read_", "write_", 1) in scopes


async def judge(admin: Admin) -> Verdict:
    """Test a connection; never raises for what the store may answer."""
    try:
        return await _judge(admin)
    except RemoteError as error:
        return Verdict(is_good=False, code=error.code, message=error.message, advice=error.advice)


async def _judge(admin: Admin) -> Verdict:
    answer = await admin.ask("shop", {}, "who the store is")
    shop = msgspec.json.decode(answer.data["shop"], type=_Shop)
    granted = msgspec.json.decode(answer.data["currentAppInstallation"], type=_Installation)
    scopes = sorted(scope.handle for scope in granted.access_scopes)
    missing = [scope for scope in _NEEDED if not holds(scopes, scope)]
    if missing:
        return Verdict(
            is_good=False,
            code="scopes_missing",
            message=f"The app may not read enough: {', '.join(missing)} was not granted.",
            advice=f"In the Dev Dashboard give the app's version the scopes {','.join(SCOPES)}, release it, and "
            "let the store approve it; then connect again.",
        )
    cautions = [] if ALL_ORDERS in scopes else [SIXTY_DAYS]
    if await _hides_people(admin):
        cautions.append(NO_PERSONAL_DATA)
    return Verdict(
        is_good=True,
        code="ok",
        message=f"Connected to {shop.name}.",
        cautions=cautions,
        details={
            "name": shop.name,
            "shop": shop.myshopify_domain,
            "address": shop.primary_domain.host,
            "currency": shop.currency_code,
            "timezone": shop.iana_timezone,
            "plan": shop.plan.public_display_name,
        },
        remember={"scopes": scopes},
    )


async def _hides_people(admin: Admin) -> bool:
    """Whether there are customers of whom nothing personal is told.

    What was not granted comes as null instead of failing, so guests and hidden people look alike; several
    customers who all have neither name, address nor number are hidden.
    """
    try:
        answer = await admin.ask("people", {}, "whether personal data is given")
    except RemoteError:
        return True
    people = msgspec.json.decode(answer.data["customers"], type=_People).nodes
    return bool(people) and not any(
        value for person in people for name, value in person.items() if name not in {"id", "legacyResourceId"}
    )
