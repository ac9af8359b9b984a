"""`/api/keys`: API keys of the organization's programs."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import Field

from convertos.api.contract import Answer, Instant, Line, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import Paging, Work, installation_of, may
from convertos.tenancy import keys
from convertos.tenancy.model import ApiKey, Caller
from convertos.tenancy.rights import KEY_SCOPES, Right

router = resource("/keys", "API keys")

Reader = Annotated[Caller, may(Right.KEYS_READ)]
Writer = Annotated[Caller, may(Right.KEYS_WRITE)]


Scope = Annotated[str, Field(json_schema_extra={"enum": list(KEY_SCOPES)})]


class NewKey(Shape):
    """A key to be made."""

    name: Line
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(KEY_SCOPES))]
    client_ids: Annotated[
        list[UUID] | None, Field(max_length=1000, description="The only clients it may reach; null for all.")
    ] = None


class KeyShape(Shape):
    """A key, without the key."""

    id: UUID
    name: str
    prefix: Annotated[str, Field(description="The first characters, to recognise it by.")]
    scopes: list[str]
    client_ids: list[UUID] | None
    created_at: Instant
    last_used_at: Instant | None
    revoked_at: Instant | None


class KeyAnswer(Answer):
    """One key."""

    key: KeyShape


class NewKeyAnswer(KeyAnswer):
    """A new key."""

    api_key: Annotated[str, Field(description="The key itself; shown only here.")]


class KeysAnswer(PageAnswer):
    """Some keys."""

    keys: list[KeyShape]


def _shape(key: ApiKey) -> KeyShape:
    return KeyShape(
        id=key.key_id,
        name=key.name,
        prefix=key.prefix,
        scopes=key.scopes,
        client_ids=key.client_ids,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )


@router.post("", status_code=201)
async def create_key(new: NewKey, caller: Writer, work: Work, request: Request) -> NewKeyAnswer:
    """Create a key. It can't be given rights or clients that you do not have."""
    hasher = installation_of(request).token_hasher
    key, token = await keys.make_key(work, caller, hasher, **new.model_dump())
    return NewKeyAnswer(key=_shape(key), api_key=token)


@router.get("")
async def list_keys(_: Reader, work: Work, paging: Paging) -> KeysAnswer:
    """List the organization's keys, newest first, revoked ones too."""
    page = await keys.list_keys(work, limit=paging.limit, cursor=paging.cursor)
    return KeysAnswer(keys=[_shape(key) for key in page.items], next_cursor=page.next_cursor)


@router.delete("/{key_id}")
async def revoke_key(key_id: UUID, caller: Writer, work: Work) -> KeyAnswer:
    """Revoke a key; it is refused from this moment on."""
    return KeyAnswer(key=_shape(await keys.revoke_key(work, caller, key_id)))
