"""A new connection, in three steps: what, where, and what to copy."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from convertos.connections.create import add_connection
from convertos.core.addresses import normal_domain
from convertos.core.errors import InvalidError, NotFoundError
from convertos.ingest.model import Traffic
from convertos.platforms import platform_of
from convertos.tenancy.rights import Right
from convertos.web.connections.kinds import KINDS, Kind
from convertos.web.connections.shown import CONNECTIONS_PATH, show_connection
from convertos.web.desk import Desk, at
from convertos.web.forms import REFUSALS, Form

router = APIRouter(include_in_schema=False)

STEPS = ("Choose", "Name it", "Copy the secret")

Writer = Annotated[Desk, at(Right.CONNECTIONS_WRITE)]


def _kinds() -> list[Kind]:
    return [kind for kind in KINDS.values() if platform_of(kind.type) is not None]


def _kind(connection_type: str) -> Kind:
    found = next((kind for kind in _kinds() if kind.type == connection_type), None)
    if found is None:
        raise NotFoundError("There is no such kind of connection.")
    return found


@router.get(f"{CONNECTIONS_PATH}/new")
async def choose(desk: Writer) -> Response:
    """What can be connected."""
    if desk.client is None:
        return desk.render("overview/no_client.html", title="New connection")
    return desk.render("connections/choose.html", kinds=_kinds(), step_names=STEPS)


@router.get(f"{CONNECTIONS_PATH}/new/{{connection_type}}")
async def fill_in(desk: Writer, connection_type: str) -> Response:
    """Where it is, and what it is called."""
    form = Form([("domain", desk.chosen.domain or "")])
    return desk.render("connections/new.html", kind=_kind(connection_type), form=form, step_names=STEPS)


@router.post(f"{CONNECTIONS_PATH}/new/{{connection_type}}")
async def make(desk: Writer, connection_type: str) -> Response:
    """Make it; this answer, and no other, shows its secret."""
    kind, form = _kind(connection_type), desk.form
    try:
        domain = _domain(form)
        async with desk.client_work() as work:
            issued = await add_connection(
                work,
                desk.caller,
                desk.installation,
                client_id=desk.chosen.client_id,
                type=kind.type,
                name=form.line("name", "a name") if form.text("name") else domain,
                domain=domain,
                secret=form.secret("secret").strip() or None if kind.asks_for else None,
            )
    except REFUSALS as error:
        context = {"kind": kind, "form": form.refused(error), "step_names": STEPS}
        return desk.render("connections/new.html", status=422, **context)
    shown = show_connection(desk, issued.connection, Traffic())
    return desk.render("connections/made.html", shown=shown, issued=issued, step_names=STEPS)


def _domain(form: Form) -> str:
    domain = normal_domain(form.text("domain"))
    if not domain or " " in domain or "." not in domain:
        raise InvalidError.field("domain", "Give a domain such as shop.example; an address is taken, too.")
    return domain
