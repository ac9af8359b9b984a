"""API keys: made and shown once, listed, revoked."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from convertos.tenancy.keys import list_keys, make_key, revoke_key
from convertos.tenancy.rights import ALL_SCOPES, KEY_SCOPES, MEANINGS, Right
from convertos.web.desk import Desk, at
from convertos.web.forms import REFUSALS, Form
from convertos.web.settings.reach import ALL, reach_in_words, read_reach
from convertos.web.settings.tabs import PATH, render

router = APIRouter(include_in_schema=False)

KEYS_PATH = f"{PATH}/keys"
_AT_ONCE = 100

Reader = Annotated[Desk, at(Right.KEYS_READ)]
Writer = Annotated[Desk, at(Right.KEYS_WRITE)]


@router.get(KEYS_PATH)
async def keys(desk: Reader, cursor: str | None = None) -> Response:
    """Every key of the organization."""
    async with desk.work() as work:
        page = await list_keys(work, limit=_AT_ONCE, cursor=cursor)
    rows = [(key, reach_in_words(desk, key.client_ids), _in_words(key.scopes)) for key in page.items]
    return render(desk, "keys.html", rows=rows, next_cursor=page.next_cursor)


def _in_words(scopes: Sequence[str]) -> str:
    if ALL_SCOPES in scopes:
        return "Everything"
    return scopes[0] if len(scopes) == 1 else f"{len(scopes)} scopes"


def _scopes(desk: Desk) -> list[tuple[str, str]]:
    """What this reader can give to a key, with what it means."""
    named = [scope for scope in KEY_SCOPES if scope != ALL_SCOPES and Right(scope) in desk.caller.rights]
    return [(scope, MEANINGS[Right(scope)][0]) for scope in named]


def _form_page(desk: Desk, form: Form, status: int = 200) -> Response:
    return render(
        desk, "key_new.html", status=status, form=form, scopes=_scopes(desk), chosen=form.all("scopes")
    )


@router.get(f"{KEYS_PATH}/new")
async def new_key(desk: Writer) -> Response:
    """The form for a key."""
    return _form_page(desk, Form([("extent", ALL_SCOPES), ("reach", ALL)]))


@router.post(f"{KEYS_PATH}/new")
async def add_key(desk: Writer) -> Response:
    """Make a key; this answer, and no other, shows it."""
    form = desk.form
    scopes = [ALL_SCOPES] if form.text("extent") == ALL_SCOPES else form.all("scopes")
    try:
        async with desk.work() as work:
            key, token = await make_key(
                work,
                desk.caller,
                desk.installation.token_hasher,
                name=form.line("name", "a name"),
                scopes=scopes,
                client_ids=read_reach(form),
            )
    except REFUSALS as error:
        return _form_page(desk, form.refused(error), 422)
    address = f"{desk.installation.settings.base_url}/api/me"
    return render(desk, "key_made.html", key=key, token=token, address=address)


@router.post(f"{KEYS_PATH}/{{key_id}}/revoke")
async def end_key(desk: Writer, key_id: UUID) -> Response:
    """End a key at once."""
    async with desk.work() as work:
        key = await revoke_key(work, desk.caller, key_id)
    return desk.go(KEYS_PATH, f"{key.name} is revoked. Programs that use it are refused from now on.")
