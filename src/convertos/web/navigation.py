"""The places of the dashboard, in the order in which they are listed. A new page adds a line."""

from collections.abc import Sequence
from dataclasses import dataclass

from convertos.tenancy.rights import Right

HOME = "/dashboard"


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the navigation.

    Attributes:
        key: what is typed after `g` to go there.
        right: what a reader needs to see it.
        is_on_phone: whether it is one of the five at the bottom of a phone.
        mark: where to ask for what is to be marked beside it.
    """

    label: str
    path: str
    icon: str
    key: str
    right: Right
    is_on_phone: bool = False
    mark: str = ""

    def holds(self, path: str) -> bool:
        """Whether a page belongs to this place."""
        return (
            path == self.path if self.path == HOME else path == self.path or path.startswith(f"{self.path}/")
        )


PLACES: Sequence[Sequence[Place]] = (
    (Place("Overview", HOME, "home", "v", Right.ANALYTICS_READ, is_on_phone=True),),
    (
        Place("Contacts", "/dashboard/contacts", "users", "c", Right.CONTACTS_READ, is_on_phone=True),
        Place("Leads", "/dashboard/leads", "forms", "l", Right.CONTACTS_READ),
        Place("Orders", "/dashboard/orders", "shopping-bag", "o", Right.ORDERS_READ, is_on_phone=True),
    ),
    (
        Place(
            "Connections",
            "/dashboard/connections",
            "plug-connected",
            "n",
            Right.CONNECTIONS_READ,
            is_on_phone=True,
            mark="/dashboard/connections/attention",
        ),
        Place("Settings", "/dashboard/settings", "settings", "s", Right.CLIENTS_READ, is_on_phone=True),
    ),
)
"""Groups of places; each group stands a little apart from the next."""


def places_for(rights: frozenset[Right]) -> list[list[Place]]:
    """What a reader with these rights finds in the navigation."""
    groups = [[place for place in group if place.right in rights] for group in PLACES]
    return [group for group in groups if group]
