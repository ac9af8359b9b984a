"""Clients: listed, made, changed, erased."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

from fastapi import APIRouter
from starlette.responses import Response

from convertos.core.addresses import normal_domain
from convertos.core.errors import InvalidError
from convertos.tenancy.clients import add_client, change_client, erase, read_client
from convertos.tenancy.model import Client
from convertos.tenancy.rights import Right
from convertos.web.desk import Desk, at
from convertos.web.forms import REFUSALS, Form
from convertos.web.settings.source_aliases import aliases_as_text, read_aliases
from convertos.web.settings.tabs import PATH, render

router = APIRouter(include_in_schema=False)

CLIENTS_PATH = f"{PATH}/clients"
_LONGEST_LOOKBACK = 365
_MOST_DOMAINS = 200
_HOST = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*(:\d{1,5})?")

Reader = Annotated[Desk, at(Right.CLIENTS_READ)]
Writer = Annotated[Desk, at(Right.CLIENTS_WRITE)]


@router.get(CLIENTS_PATH)
async def clients(desk: Reader) -> Response:
    """Every client that the reader may see."""
    return render(desk, "clients.html")


@cache
def zones() -> list[str]:
    """The time zones that can be chosen."""
    return sorted(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/"))
    )


@router.get(f"{CLIENTS_PATH}/new")
async def new_client(desk: Writer) -> Response:
    """The form for a client."""
    return render(desk, "client_new.html", form=Form(), zones=zones())


@router.post(f"{CLIENTS_PATH}/new")
async def make_client(desk: Writer) -> Response:
    """Make a client."""
    form = desk.form
    try:
        async with desk.work() as work:
            client = await add_client(
                work,
                desk.caller,
                name=form.line("name", "a name"),
                timezone=form.text("timezone"),
                domain=form.optional("domain"),
                currency=form.optional("currency"),
            )
    except REFUSALS as error:
        return render(desk, "client_new.html", status=422, form=form.refused(error), zones=zones())
    return desk.go("/dashboard", f"{client.name} is created. Connect its shop next.", client=client.slug)


@router.get(f"{CLIENTS_PATH}/{{client_id}}")
async def client_settings(desk: Reader, client_id: UUID) -> Response:
    """One client's settings."""
    async with desk.work() as work:
        client = await read_client(work, client_id)
    return _show(desk, client, _filled(client))


def _show(desk: Desk, client: Client, form: Form, status: int = 200) -> Response:
    return render(desk, "client.html", status=status, form=form, subject=client, zones=zones())


def _filled(client: Client) -> Form:
    return Form(
        [
            ("name", client.name),
            ("domain", client.domain or ""),
            ("timezone", client.timezone),
            ("lookback_days", str(client.lookback_days)),
            ("high_value_threshold", f"{client.high_value_threshold.normalize():f}"),
            ("own_domains", "\n".join(client.own_domains)),
            ("source_aliases", aliases_as_text(client.source_aliases)),
            *([("excludes_tax", "on")] if client.excludes_tax else []),
            *([("excludes_shipping", "on")] if client.excludes_shipping else []),
        ]
    )


@router.post(f"{CLIENTS_PATH}/{{client_id}}")
async def save_client(desk: Writer, client_id: UUID) -> Response:
    """Change a client's settings."""
    async with desk.work() as work:
        client = await read_client(work, client_id)
    try:
        changes = _changes(desk.form)
        async with desk.work() as work:
            await change_client(work, desk.caller, client_id, changes)
    except REFUSALS as error:
        return _show(desk, client, desk.form.refused(error), 422)
    return desk.go(f"{CLIENTS_PATH}/{client_id}", f"{changes['name']} is saved.")


def _changes(form: Form) -> Mapping[str, Any]:
    return {
        "name": form.line("name", "a name"),
        "domain": form.optional("domain"),
        "timezone": form.text("timezone"),
        "lookback_days": _lookback(form.text("lookback_days")),
        "high_value_threshold": _threshold(form.text("high_value_threshold")),
        "excludes_tax": form.is_on("excludes_tax"),
        "excludes_shipping": form.is_on("excludes_shipping"),
        "own_domains": _own_domains(form),
        "source_aliases": read_aliases(form.lines("source_aliases")),
    }


def _lookback(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _LONGEST_LOOKBACK):
        raise InvalidError.field("lookback_days", f"Give a number of days from 1 to {_LONGEST_LOOKBACK}.")
    return int(text)


def _threshold(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not (amount.is_finite() and 0 <= amount < 10**12):
        raise InvalidError.field("high_value_threshold", "Give an amount, such as 500.")
    return amount


def _own_domains(form: Form) -> list[str]:
    lines = form.lines("own_domains")
    if len(lines) > _MOST_DOMAINS:
        raise InvalidError.field("own_domains", f"At most {_MOST_DOMAINS} domains.")
    wrong = next((line for line in lines if not _HOST.fullmatch(normal_domain(line) or "")), None)
    if wrong is not None:
        raise InvalidError.field("own_domains", f"“{wrong[:80]}” is no domain, such as shop.example.")
    return lines


@router.post(f"{CLIENTS_PATH}/{{client_id}}/erase")
async def erase_client(desk: Writer, client_id: UUID) -> Response:
    """Erase a client and all of its data."""
    async with desk.work() as work:
        client = await read_client(work, client_id)
    try:
        async with desk.work() as work:
            await erase(work, desk.caller, client_id, desk.form.text("confirm"))
    except REFUSALS as error:
        return _show(desk, client, Form([*_filled(client).pairs, ("confirm", "")]).refused(error), 422)
    return desk.go_home(f"{client.name} is out of reach now, and its data is being erased.")
