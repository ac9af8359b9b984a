"""Who did it, as far as a single record tells."""

from typing import Any

import msgspec


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What a record notes about a person beside who they are.

    Attributes:
        tags: all of them; `None` where nothing was said.
        subscription_status: `unknown`, `pending`, `subscribed` or `unsubscribed`.
        custom_fields: fields of the sender's own, by name; `None` takes one away.
    """

    tags: tuple[str, ...] | None = None
    subscription_status: str | None = None
    custom_fields: dict[str, Any] = {}


class Person(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The identifiers and names that one record carries, as they were sent (not yet normalised).

    Attributes:
        customer_external_id: the shop's own number of the account; unique within one store.
        visitor_id: the browser's first-party cookie.
        marks: `None` where nothing is noted.
    """

    email: str | None = None
    phone: str | None = None
    customer_external_id: str | None = None
    visitor_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    country: str | None = None
    marks: Marks | None = None

    @property
    def is_known(self) -> bool:
        """Whether anything here tells this person from another."""
        return bool(self.email or self.phone or self.customer_external_id or self.visitor_id)
