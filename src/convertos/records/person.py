"""Who did it, as far as a single record tells."""

import msgspec


class Person(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The identifiers and names that one record carries, as they were sent (not yet normalised).

    Attributes:
        customer_external_id: the shop's own number of the account; unique within one store.
        visitor_id: the browser's first-party cookie.
    """

    email: str | None = None
    phone: str | None = None
    customer_external_id: str | None = None
    visitor_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    country: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether anything here tells this person from another."""
        return bool(self.email or self.phone or self.customer_external_id or self.visitor_id)
