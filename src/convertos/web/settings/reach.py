"""Which clients somebody or something may see: all of them, or some."""

from collections.abc import Sequence
from uuid import UUID

from convertos.core.errors import InvalidError
from convertos.web.desk import Desk
from convertos.web.forms import Form
from convertos.web.show import listed

ALL, SOME = "all", "some"


def read_reach(form: Form) -> list[UUID] | None:
    """The clients that were ticked; `None` for all.

    Raises:
        InvalidError: some were to be ticked, and none was.
    """
    if form.text("reach") != SOME:
        return None
    try:
        chosen = [UUID(value) for value in form.all("clientIds")]
    except ValueError:
        raise InvalidError.field("clientIds", "There is no such client.") from None
    if not chosen:
        raise InvalidError.field("clientIds", "Tick at least one client.")
    return chosen


def reach_pairs(client_ids: Sequence[UUID] | None) -> list[tuple[str, str]]:
    """The same as a form holds it."""
    if client_ids is None:
        return [("reach", ALL)]
    return [("reach", SOME), *(("clientIds", str(client_id)) for client_id in client_ids)]


def reach_in_words(desk: Desk, client_ids: Sequence[UUID] | None) -> str:
    """The same for people to read."""
    if client_ids is None:
        return "All clients"
    names = [client.name for client in desk.clients if client.client_id in client_ids]
    return listed(names) or "No client"
