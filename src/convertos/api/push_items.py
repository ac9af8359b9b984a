"""Puts pushed objects into the ledger and keeps them as receipts, in one transaction; says what became of each.

    rules of the site → read → ledger → receipts → results

An item that can't be read or written is a result beside the others, and nothing of it is kept: its sender is
waiting for the answer and has it still.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from convertos.attribution.client_rules import ClientRules
from convertos.connections.field_mappings import FieldMapping
from convertos.connections.sites import Site
from convertos.core.database import Transaction
from convertos.core.regions import territory_of
from convertos.ingest.keep import new_receipt
from convertos.ingest.keep_processed import Processed, keep_processed
from convertos.ledger.accept import Accepted, Change, accept
from convertos.ledger.batch import SEEN_VIA, Entry
from convertos.ledger.suppression import Suppression
from convertos.platforms import Delivery, UnreadableError
from convertos.platforms.values import decode_json, identifier
from convertos.platforms.wordpress.field_rules import FieldFault, apply_rules
from convertos.platforms.wordpress.pushed_objects import PushedKind
from convertos.platforms.wordpress.pushed_records import Read, pushed_body, read_push
from convertos.tenancy.model import Client

_DOOR = "api"
_STEP = timedelta(microseconds=1)
_HEADERS = b"{}"
_REFUSED = FieldFault("item", "It can't be written. Nothing of it was kept.")
_NOBODY = FieldFault("item", "externalId, email and phone name nobody: none of them can be read.")
_NO_OBJECT = FieldFault("item", "It is no JSON object.")


class Result(NamedTuple):
    """What became of one item."""

    object_id: UUID | None
    external_id: str | None
    change: Change
    errors: Sequence[FieldFault] = ()
    warnings: Sequence[FieldFault] = ()


class _Item(NamedTuple):
    """One item on its way.

    Attributes:
        received_at: a little later for each, because of two words about one thing the last one holds.
    """

    body: bytes
    external_id: str | None
    has_version: bool
    received_at: datetime
    read: Read


async def push_items(
    transaction: Transaction,
    site: Site,
    client: Client,
    kind: PushedKind,
    *,
    rules: ClientRules,
    suppression: Suppression,
    items: Sequence[bytes],
    mapping: FieldMapping,
    received_at: datetime,
) -> list[Result]:
    """Write a site's items; one result for each, in their order."""
    read = [_read(kind, item, mapping, received_at + place * _STEP) for place, item in enumerate(items)]
    good = [item for item in read if not item.read.errors]
    await rules.load(transaction, {site.client_id})
    groups = [_entries(site, client, item) for item in good]
    accepted = dict(
        zip(map(id, good), await accept(transaction, groups, rules.classify, suppression), strict=True)
    )
    done = [item for item in good if accepted[id(item)].change is not Change.FAILED]
    await keep_processed(transaction, [_processed(site, kind, item, accepted[id(item)]) for item in done])
    return [_result(item, accepted.get(id(item))) for item in read]


def _read(kind: PushedKind, raw: bytes, mapping: FieldMapping, received_at: datetime) -> _Item:
    item = decode_json(raw)
    if not isinstance(item, dict):
        return _Item(raw, None, has_version=False, received_at=received_at, read=Read((), [_NO_OBJECT]))
    mapped = apply_rules(item, [rule for rule in mapping.rules if rule.object.value == kind.value])
    body = pushed_body(raw, mapped.item if mapped.item != item else None)
    try:
        read = read_push(kind, body, received_at)
    except UnreadableError as error:
        read = Read((), [FieldFault("item", str(error))])
    read = Read(read.records, [*mapped.errors, *read.errors], [*mapped.warnings, *read.warnings])
    return _Item(
        body,
        _stated(mapped.item, "externalId", "external_id"),
        has_version=_stated(mapped.item, "modifiedAt", "modified_at") is not None,
        received_at=received_at,
        read=read,
    )


def _stated(item: Mapping[str, Any], *names: str) -> str | None:
    return next((read for name in names if (read := identifier(item.get(name))) is not None), None)


def _entries(site: Site, client: Client, item: _Item) -> list[Entry]:
    region = territory_of(client.timezone)
    via = SEEN_VIA[_DOOR]
    return [
        Entry(site.client_id, site.store_id, via, client.currency, region, record)
        for record in item.read.records
    ]


def _processed(site: Site, kind: PushedKind, item: _Item, accepted: Accepted) -> Processed:
    # The same words about the same version are one delivery. Without a version they are said anew.
    moment = "" if item.has_version else item.received_at.isoformat()
    delivery = Delivery(
        key=("push", kind.value, moment, item.body.decode()),
        event_type=kind.event_type,
        event_id=item.external_id or str(accepted.object_id),
        body=item.body,
    )
    receipt = new_receipt(
        delivery,
        client_id=site.client_id,
        connection_id=site.connection_id,
        door=_DOOR,
        headers=_HEADERS,
        received_at=item.received_at,
    )
    return Processed(receipt, note=None if accepted.change is not Change.UNCHANGED else "unchanged")


def _result(item: _Item, accepted: Accepted | None) -> Result:
    if accepted is None:
        return Result(None, item.external_id, Change.FAILED, item.read.errors, item.read.warnings)
    errors = [] if accepted.change is not Change.FAILED else [_why_not(item)]
    return Result(accepted.object_id, item.external_id, accepted.change, errors, item.read.warnings)


def _why_not(item: _Item) -> FieldFault:
    return _REFUSED if item.external_id else _NOBODY


_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_listed = msgspec.json.Decoder(list[msgspec.Raw])


def split_items(body: bytes) -> list[bytes] | None:
    """The items of a request's body, each as it was sent; `None` where it is neither an item nor several.

    `items` alone in an object is several; an order has `items` beside its other members.
    """
    try:
        members = _members.decode(body)
        if members.keys() != {"items"}:
            return [body]
        return [bytes(item) for item in _listed.decode(members["items"])]
    except (msgspec.MsgspecError, ValueError):
        return None
