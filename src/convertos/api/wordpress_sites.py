"""`/api/integrations/wordpress`: what a site, or any program with its key, pushes, and what it asks."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import Body, Request, Response
from pydantic import Field

from convertos.api.contract import Answer, Instant, Shape
from convertos.api.contract_route import BULK, LARGEST_BULK_BODY, resource
from convertos.api.dependencies import Work, installation_of, settings_of
from convertos.api.problem_answers import problems
from convertos.api.problems import Problem
from convertos.api.push_items import Result, push_items, split_items
from convertos.api.site_caller import PushingSite, SigningSite
from convertos.attribution.client_rules import ClientRules
from convertos.connections.field_mappings import MOST_RULES, FieldMapping, read_mapping, write_mapping
from convertos.connections.plugin_package import facts_of, plugin_folder
from convertos.connections.plugin_versions import MINIMUM_PLUGIN_VERSION, is_supported
from convertos.connections.sites import Site, note_software, read_software
from convertos.core.clock import system_clock
from convertos.core.database import Transaction
from convertos.core.errors import FieldError, InvalidError, UnauthenticatedError
from convertos.ledger.accept import Change
from convertos.ledger.suppression import Suppression
from convertos.platforms.wordpress.field_rules import FieldRule, MappedObject
from convertos.platforms.wordpress.field_targets import is_target
from convertos.platforms.wordpress.field_values import ValueType
from convertos.platforms.wordpress.platform import LARGEST_BATCH
from convertos.platforms.wordpress.pushed_objects import MOST_ITEMS, PushedKind, json_schema
from convertos.tenancy.audit import record
from convertos.tenancy.clients import read_client
from convertos.tenancy.model import Client

router = resource("/integrations/wordpress", "WordPress sites")

SITE_HEADER = "x-convertos-site"
_ACTIVE = "active"


class Fault(Shape):
    """A field and what is wrong with it."""

    field: str
    message: str


class ItemResult(Shape):
    """What became of one item."""

    id: Annotated[UUID | None, Field(description="The contact's, order's or product's id here.")]
    external_id: str | None
    status: Change
    errors: Annotated[list[Fault], Field(description="Why it failed.")]
    warnings: Annotated[list[Fault], Field(description="What was left out of it.")]


class PushAnswer(Shape):
    """What became of every item, in the order in which they were sent."""

    success: Annotated[bool, Field(description="Whether none of them failed.")]
    results: list[ItemResult]


def _body_of(kind: PushedKind) -> dict[str, Any]:
    content = {"application/json": {"schema": json_schema(kind)}}
    return BULK | {"requestBody": {"required": True, "content": content}}


_SOME_FAILED: dict[int | str, dict[str, Any]] = {
    207: {"model": PushAnswer, "description": "Some items failed; the others are done."}
}


async def _push(
    kind: PushedKind, request: Request, response: Response, site: Site, work: Transaction
) -> PushAnswer:
    items = _items(await request.body())
    await _note_site(request, site, work)
    rules: ClientRules = request.app.state.client_rules
    results = await push_items(
        work,
        site,
        await _client(work, site),
        kind,
        rules=rules,
        suppression=Suppression(installation_of(request).vault),
        items=items,
        mapping=await read_mapping(work, site.connection_id),
        received_at=system_clock(),
    )
    shapes = [_shape(result) for result in results]
    failed = [place for place, result in enumerate(results) if result.change is Change.FAILED]
    if len(failed) == len(results):
        raise _all_failed(shapes, is_single=len(items) == 1 and not _is_several(await request.body()))
    if failed:
        response.status_code = 207
    return PushAnswer(success=not failed, results=shapes)


def _items(body: bytes) -> list[bytes]:
    items = split_items(body)
    if items is None:
        raise InvalidError.field("body", 'Send one object, or {"items": [...]}.')
    if not 1 <= len(items) <= MOST_ITEMS:
        raise InvalidError.field("items", f"Send 1 to {MOST_ITEMS} items at once.")
    return items


def _is_several(body: bytes) -> bool:
    return split_items(body) != [body]


def _shape(result: Result) -> ItemResult:
    return ItemResult(
        id=result.object_id,
        external_id=result.external_id,
        status=result.change,
        errors=[Fault(field=fault.field, message=fault.message) for fault in result.errors],
        warnings=[Fault(field=fault.field, message=fault.message) for fault in result.warnings],
    )


def _all_failed(results: Sequence[ItemResult], *, is_single: bool) -> Problem:
    errors = [
        {"field": fault.field if is_single else f"items.{place}.{fault.field}", "message": fault.message}
        for place, result in enumerate(results)
        for fault in result.errors
    ]
    shown = [result.model_dump(mode="json", by_alias=True) for result in results]
    return Problem(422, "items_invalid", "No item could be taken.", errors=errors, results=shown)


async def _client(work: Transaction, site: Site) -> Client:
    client = await read_client(work, site.client_id)
    if client.status != _ACTIVE:
        raise UnauthenticatedError("This connection's client is being erased.")
    return client


async def _note_site(request: Request, site: Site, work: Transaction) -> None:
    await note_software(work, site, request.headers.get(SITE_HEADER, ""))


AnyBody = Annotated[Any, Body()]


@router.post("/customers", responses=_SOME_FAILED, openapi_extra=_body_of(PushedKind.CUSTOMER))
async def push_customers(
    _: AnyBody, request: Request, response: Response, site: PushingSite, work: Work
) -> PushAnswer:
    """Push customers: one, or up to 500. Each becomes a contact, or is told to one that is known."""
    return await _push(PushedKind.CUSTOMER, request, response, site, work)


@router.post("/orders", responses=_SOME_FAILED, openapi_extra=_body_of(PushedKind.ORDER))
async def push_orders(
    _: AnyBody, request: Request, response: Response, site: PushingSite, work: Work
) -> PushAnswer:
    """Push orders: one, or up to 500. An order that came as an event is the same order."""
    return await _push(PushedKind.ORDER, request, response, site, work)


@router.post("/products", responses=_SOME_FAILED, openapi_extra=_body_of(PushedKind.PRODUCT))
async def push_products(
    _: AnyBody, request: Request, response: Response, site: PushingSite, work: Work
) -> PushAnswer:
    """Push products: one, or up to 500."""
    return await _push(PushedKind.PRODUCT, request, response, site, work)


class Schemas(Shape):
    """JSON Schema of each request's body."""

    customers: dict[str, Any]
    orders: dict[str, Any]
    products: dict[str, Any]


class SchemaAnswer(Answer):
    """The schemas."""

    schemas: Schemas


@router.get("/schema")
async def read_schema() -> SchemaAnswer:
    """Read the JSON Schema (2020-12) of what can be pushed."""
    found = {kind.plural: json_schema(kind) for kind in PushedKind}
    return SchemaAnswer(schemas=Schemas.model_validate(found))


class StatusClient(Shape):
    """Whose site it is."""

    id: UUID
    name: str
    timezone: str
    currency: str


class StatusConnection(Shape):
    """The connection that the key belongs to."""

    id: UUID
    connection_id: Annotated[str, Field(description="Public; names the connection in events.")]
    name: str
    status: Annotated[str, Field(examples=["active", "paused"])]
    domain: str | None
    requires_signature: bool


class Limits(Shape):
    """How much is taken."""

    items_per_request: int
    bytes_per_request: int
    requests_per_minute: int
    events_per_batch: int
    bytes_per_batch: int
    events_per_minute: int


class StatusAnswer(Answer):
    """How the site stands."""

    client: StatusClient
    connection: StatusConnection
    server_time: Instant
    signature_valid: Annotated[bool, Field(description="Whether this request was signed, and rightly.")]
    limits: Limits
    mapping_version: int
    minimum_plugin_version: str
    latest_plugin_version: str
    is_plugin_supported: Annotated[bool | None, Field(description="`null` where no version was told.")]


@router.get("/status")
async def read_site_status(request: Request, site: SigningSite, work: Work) -> StatusAnswer:
    """Test a connection: whose it is, whether the signature is right, and how much may be sent."""
    client = await _client(work, site)
    await _note_site(request, site, work)
    settings = settings_of(request)
    version = read_software(request.headers.get(SITE_HEADER, "")).get("plugin")
    return StatusAnswer(
        client=StatusClient(
            id=client.client_id, name=client.name, timezone=client.timezone, currency=client.currency
        ),
        connection=StatusConnection(
            id=site.connection_id,
            connection_id=site.public_id,
            name=site.name,
            status=site.status,
            domain=site.domain,
            requires_signature=site.requires_signature,
        ),
        server_time=system_clock(),
        signature_valid=request.state.is_signed,
        limits=Limits(
            items_per_request=MOST_ITEMS,
            bytes_per_request=LARGEST_BULK_BODY,
            requests_per_minute=settings.api_rate_per_minute,
            events_per_batch=LARGEST_BATCH,
            bytes_per_batch=settings.max_body_bytes,
            events_per_minute=settings.webhook_rate_per_minute,
        ),
        mapping_version=(await read_mapping(work, site.connection_id)).version,
        minimum_plugin_version=MINIMUM_PLUGIN_VERSION,
        latest_plugin_version=facts_of(plugin_folder()).version,
        is_plugin_supported=is_supported(version) if version else None,
    )


Path = Annotated[str, Field(min_length=1, max_length=200)]


class Rule(Shape):
    """One line of a mapping."""

    object: MappedObject
    source: Annotated[Path, Field(description="Where the value stands: `meta_data._vat`.")]
    target: Annotated[Path, Field(description="The field that it becomes.", examples=["customFields.vat"])]
    type: ValueType = ValueType.TEXT
    required: bool = False


class MappingShape(Shape):
    """A field mapping; version 0 is the empty one that nobody has written yet."""

    version: int
    changed_at: Instant | None
    rules: list[Rule]


class MappingAnswer(Answer):
    """The mapping."""

    mapping: MappingShape


class NewMapping(Shape):
    """A mapping to be put in the place of the present one."""

    rules: Annotated[list[Rule], Field(max_length=MOST_RULES)]
    version: Annotated[
        int | None, Field(ge=0, description="The version that it was made from; another one is refused.")
    ] = None


@router.get("/mapping")
async def read_field_mapping(site: SigningSite, work: Work) -> MappingAnswer:
    """Read which of the site's fields becomes which of ours."""
    return _mapping_answer(await read_mapping(work, site.connection_id))


@router.put("/mapping", responses=problems(409))
async def change_field_mapping(
    new: NewMapping, request: Request, site: SigningSite, work: Work
) -> MappingAnswer:
    """Change which of the site's fields becomes which of ours: the whole list at once."""
    rules = [msgspec.convert(rule.model_dump(mode="json"), FieldRule) for rule in new.rules]
    _refuse_unknown_targets(rules)
    written = await write_mapping(work, site.client_id, site.connection_id, rules, version=new.version)
    await record(
        work,
        request.state.caller,
        "connection.mapping_changed",
        "connection",
        site.connection_id,
        client_id=site.client_id,
        details={"version": written.version, "rules": len(rules)},
    )
    return _mapping_answer(written)


def _refuse_unknown_targets(rules: Sequence[FieldRule]) -> None:
    wrong = [
        FieldError(f"rules.{place}.target", f"A {rule.object.value} has no such field.")
        for place, rule in enumerate(rules)
        if not is_target(rule.object, rule.target)
    ]
    if wrong:
        raise InvalidError("Some rules fill in fields that there are not.", *wrong)


def _mapping_answer(mapping: FieldMapping) -> MappingAnswer:
    rules = [Rule.model_validate(msgspec.to_builtins(rule)) for rule in mapping.rules]
    return MappingAnswer(
        mapping=MappingShape(version=mapping.version, changed_at=mapping.changed_at, rules=rules)
    )
