"""The parts of the settings, each for whoever may see it."""

from typing import Any, NamedTuple

from starlette.responses import Response

from convertos.tenancy.rights import Right
from convertos.web.desk import Desk

PATH = "/dashboard/settings"


class Tab(NamedTuple):
    """One part."""

    label: str
    path: str
    right: Right | None


TABS = (
    Tab("Profile", PATH, None),
    Tab("Clients", f"{PATH}/clients", Right.CLIENTS_READ),
    Tab("People", f"{PATH}/people", Right.USERS_READ),
    Tab("API keys", f"{PATH}/keys", Right.KEYS_READ),
    Tab("Audit log", f"{PATH}/audit", Right.AUDIT_READ),
)


def render(desk: Desk, template: str, **context: Any) -> Response:
    """A page of the settings, with the tabs that the reader may see."""
    tabs = [tab for tab in TABS if tab.right is None or tab.right in desk.caller.rights]
    present = max((tab.path for tab in tabs if desk.path.startswith(tab.path)), key=len)
    return desk.render(f"settings/{template}", tabs=tabs, present=present, **context)
