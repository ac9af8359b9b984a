"""What can be done to a connection: paused, resumed, changed, given a new secret, deleted."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from convertos.connections.change import (
    change_connection,
    read_connection,
    rotate_secret,
)
from convertos.connections.create import connection_string
from convertos.connections.directory import Directory
from convertos.connections.model import Connection, ConnectionStatus
from convertos.connections.sites import issue_key
from convertos.connections.switches import SWITCHES
from convertos.core.errors import InvalidError
from convertos.sync.disconnect import end_connection
from convertos.tenancy.rights import Right
from convertos.web.connections.kinds import kind_of
from convertos.web.connections.shown import CONNECTIONS_PATH
from convertos.web.desk import Desk, at
from convertos.web.forms import REFUSALS, Form

router = APIRouter(include_in_schema=False)

_PUSHES = "wordpress"

Writer = Annotated[Desk, at(Right.CONNECTIONS_WRITE)]


def _path(connection_id: UUID) -> str:
    return f"{CONNECTIONS_PATH}/{connection_id}"


async def _find(desk: Desk, connection_id: UUID) -> Connection:
    async with desk.work() as work:
        return await read_connection(work, str(connection_id))


def _forget(desk: Desk, connection: Connection) -> None:
    """Let the door of this process ask afresh; those of others do within two seconds."""
    directory: Directory = desk.request.app.state.directory
    directory.forget(connection.public_id)


@router.post(f"{CONNECTIONS_PATH}/{{connection_id}}/pause")
async def pause(desk: Writer, connection_id: UUID) -> Response:
    """Keep what comes, and process it later."""
    after = await _change(desk, connection_id, {"status": ConnectionStatus.PAUSED.value})
    return desk.go(_path(connection_id), f"{after.name} is paused. What comes is kept until you resume it.")


@router.post(f"{CONNECTIONS_PATH}/{{connection_id}}/resume")
async def resume(desk: Writer, connection_id: UUID) -> Response:
    """Process what was kept, and what comes."""
    after = await _change(desk, connection_id, {"status": ConnectionStatus.ACTIVE.value})
    return desk.go(_path(connection_id), f"{after.name} is active again. What it kept is being processed.")


async def _change(desk: Desk, connection_id: UUID, changes: Mapping[str, Any]) -> Connection:
    async with desk.work() as work:
        after = await change_connection(work, desk.caller, str(connection_id), changes)
    _forget(desk, after)
    return after


@router.get(f"{CONNECTIONS_PATH}/{{connection_id}}/settings")
async def settings(desk: Writer, connection_id: UUID) -> Response:
    """Its name, what it demands of its sender, and where that may be."""
    found = await _find(desk, connection_id)
    networks = "\n".join(str(network.network) for network in found.allowed_networks)
    switches = [(name, "on") for name in SWITCHES if found.config.get(name) is True]
    return _settings(desk, found, Form([("name", found.name), ("allowedNetworks", networks), *switches]))


def _settings(desk: Desk, found: Connection, form: Form, status: int = 200) -> Response:
    return desk.render(
        "connections/settings.html",
        status=status,
        connection=found,
        base=_path(found.connection_id),
        form=form,
        # WooCommerce and Shopify sign as they do; there is nothing to demand.
        switches=SWITCHES if found.type == _PUSHES else {},
    )


@router.post(f"{CONNECTIONS_PATH}/{{connection_id}}/settings")
async def save_settings(desk: Writer, connection_id: UUID) -> Response:
    """Change them; they hold from the next delivery on."""
    found, form = await _find(desk, connection_id), desk.form
    try:
        changes: dict[str, Any] = {
            "name": form.line("name", "a name"),
            "allowed_networks": form.lines("allowedNetworks"),
        }
        if found.type == _PUSHES:
            changes["config"] = {name: form.is_on(name) for name in SWITCHES}
        await _change(desk, connection_id, changes)
    except REFUSALS as error:
        return _settings(desk, found, form.refused(error), 422)
    return desk.go(_path(connection_id), f"{changes['name']} is saved.")


@router.post(f"{CONNECTIONS_PATH}/{{connection_id}}/rotate")
async def rotate(desk: Writer, connection_id: UUID) -> Response:
    """A new secret, shown in this answer and in no other; for a site a new line to paste, where it is wanted."""
    installation, line = desk.installation, None
    async with desk.work() as work:
        found = await read_connection(work, str(connection_id))
        issued = await rotate_secret(work, desk.caller, installation.vault, str(connection_id))
        if found.type == _PUSHES and desk.form.is_on("everything"):
            key = await issue_key(work, installation.token_hasher, found.client_id, found.connection_id)
            line = connection_string(installation, found.public_id, issued.secret, key)
    _forget(desk, found)
    return desk.render(
        "connections/rotated.html",
        connection=found,
        base=_path(connection_id),
        issued=issued,
        connection_string=line,
    )


@router.get(f"{CONNECTIONS_PATH}/{{connection_id}}/delete")
async def ask_before_deleting(desk: Writer, connection_id: UUID) -> Response:
    """What deleting means, and whether it is meant."""
    found = await _find(desk, connection_id)
    return _ask(desk, found, Form())


def _ask(desk: Desk, found: Connection, form: Form, status: int = 200) -> Response:
    context = {"connection": found, "base": _path(found.connection_id), "kind": kind_of(found.type)}
    return desk.render("connections/delete.html", status=status, form=form, **context)


@router.post(f"{CONNECTIONS_PATH}/{{connection_id}}/delete")
async def delete(desk: Writer, connection_id: UUID) -> Response:
    """Stop it for good."""
    found = await _find(desk, connection_id)
    if desk.form.text("confirm") != found.name.strip():
        error = InvalidError.field("confirm", f"Type its name, {found.name}, to delete it.")
        return _ask(desk, found, desk.form.refused(error), 422)
    async with desk.work() as work:
        await end_connection(work, desk.caller, str(connection_id))
    _forget(desk, found)
    return desk.go(CONNECTIONS_PATH, f"{found.name} is deleted. What it brought stays.")
