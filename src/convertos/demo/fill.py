"""Keeps the brands' deliveries as the door would, those that are not kept yet.

All brands' deliveries are kept in the order of their arrival, some hundred in each commit. Which of them
are known is asked first, so that a second run adds nothing and counts nothing as a repeat.
"""

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import msgspec

from convertos.connections.directory import Directory, DoorConnection
from convertos.core.crypto import Vault
from convertos.core.database import EVERY_TENANT, Database, Role
from convertos.core.errors import ConfigurationError
from convertos.demo.brand import Brand
from convertos.demo.history import deliveries
from convertos.demo.place import Placed, Terms
from convertos.demo.voices import Told
from convertos.ingest.keep import LARGEST_COMMIT, Keeper, new_receipt
from convertos.ingest.store import NewReceipt, known_keys
from convertos.platforms import Locator, Platform, RefusedError, Request, platform_of

_encoder = msgspec.json.Encoder()
_AGENTS = {
    "woocommerce": "WooCommerce/10.9.1 Hookshot (WordPress/6.9.7)",
    "wordpress": "ConvertOS-Connector/1.0 (WordPress/6.9.7)",
}


class Filled(NamedTuple):
    """How far the filling is.

    Attributes:
        at: the time in the history that was reached.
        kept: how many deliveries are new.
        known: how many were kept before.
        told: all of them by brand and type of event, as the brands' sites told them.
    """

    at: datetime
    kept: int
    known: int
    told: Counter[tuple[str, str]]


class Sender:
    """Signs a connection's deliveries with its secret, as the shop or site that it stands for would."""

    def __init__(self, platform: Platform, connection: DoorConnection, secret: bytes) -> None:
        self._platform = platform
        self._connection = connection
        self._secret = secret
        path, self._names = platform.address(connection.public_id)
        self._segment = path.rpartition("/")[2]

    def receipt(self, told: Told) -> NewReceipt:
        """What the door would keep of a delivery."""
        signed = self._platform.sign(told.body, told.event_type, self._secret, told.at)
        sent = {
            "Content-Type": "application/json",
            "User-Agent": _AGENTS[told.voice],
            **self._names,
            **signed,
        }
        headers = {name.lower(): value for name, value in sent.items()}
        (delivery,) = self._platform.deliveries(Request(self._segment, headers, told.body, told.at))
        if isinstance(delivery, RefusedError):
            raise delivery
        return new_receipt(
            delivery,
            client_id=self._connection.client_id,
            connection_id=self._connection.connection_id,
            door=self._platform.seen_via,
            headers=_encoder.encode(headers),
            received_at=told.at,
        )


async def fill(
    database: Database,
    vault: Vault,
    placed: Sequence[Placed],
    *,
    terms: Terms,
    until: datetime,
    report: Callable[[Filled], None],
) -> Filled:
    """Keep everything that the brands' shops and sites send until an instant.

    Args:
        report: called after each commit.
    """
    told: Counter[tuple[str, str]] = Counter()
    chunks = _chunks(placed, await _senders(database, vault, placed), terms, until, told)
    keeper = Keeper(database)
    kept = known = 0
    # The next chunk is written while the database is busy with the last one.
    writing = asyncio.create_task(asyncio.to_thread(next, chunks, None))
    try:
        while chunk := await writing:
            writing = asyncio.create_task(asyncio.to_thread(next, chunks, None))
            fresh = await _unknown(database, chunk)
            await asyncio.gather(*map(keeper.keep, fresh))
            kept, known = kept + len(fresh), known + len(chunk) - len(fresh)
            report(Filled(chunk[-1].received_at, kept, known, told))
    finally:
        writing.cancel()
    return Filled(until, kept, known, told)


async def _senders(
    database: Database, vault: Vault, placed: Sequence[Placed]
) -> dict[tuple[str, str], Sender]:
    directory = Directory(database, vault)
    senders = {}
    for each in placed:
        for connection_type, public_id in each.connections.items():
            found = await directory.find_afresh(Locator(public_id=public_id))
            platform = platform_of(connection_type)
            secrets = found[0].secrets if found else ()
            if platform is None or not secrets:
                raise ConfigurationError(
                    f"The demo's connection {public_id} has no living secret; rotate it."
                )
            senders[each.brand.key, connection_type] = Sender(platform, found[0], secrets[0].value)
    return senders


def _chunks(
    placed: Sequence[Placed],
    senders: dict[tuple[str, str], Sender],
    terms: Terms,
    until: datetime,
    told: Counter[tuple[str, str]],
) -> Iterator[list[NewReceipt]]:
    streams = [_of_brand(each.brand, terms, until) for each in placed]
    everything = heapq.merge(*streams, key=lambda entry: entry[1].at)
    while chunk := list(islice(everything, LARGEST_COMMIT)):
        told.update((key, one.event_type) for key, one in chunk if one.voice == "wordpress")
        yield [senders[key, one.voice].receipt(one) for key, one in chunk]


def _of_brand(brand: Brand, terms: Terms, until: datetime) -> Iterator[tuple[str, Told]]:
    for told in deliveries(brand, seed=terms.seed, scale=terms.scale, starts_on=terms.starts_on, until=until):
        yield brand.key, told


async def _unknown(database: Database, receipts: Sequence[NewReceipt]) -> list[NewReceipt]:
    async with database.transaction(EVERY_TENANT, Role.INGEST) as transaction:
        known = await known_keys(transaction, receipts)
    return [receipt for receipt in receipts if receipt.key not in known]
