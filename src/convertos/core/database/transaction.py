"""One unit of work in the database."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString, TypeVar

import msgspec
import psycopg
from psycopg.rows import class_row, dict_row, scalar_row

from convertos.core.database.scope import TenantScope

Shape = TypeVar("Shape")
Parameters = Mapping[str, Any] | Sequence[Any] | None
Row = dict[str, Any]

_encoder = msgspec.json.Encoder(decimal_format="string", uuid_format="canonical")


def rows_as_json(rows: Sequence[object]) -> str:
    """Rows (structs or mappings) as the JSON text that `json_populate_recordset` reads.

    One parameter for a whole batch: with arrays for every column the Python side costs four times as
    much (docs/decisions/set-based-writes.md).
    """
    return _encoder.encode(rows).decode()


class Transaction:
    """A running transaction, with the scope that its row-level security was set to.

    It is committed when the `async with` that opened it ends well, and by nobody else.
    """

    __slots__ = ("_pipeline", "connection", "scope")

    def __init__(
        self,
        connection: psycopg.AsyncConnection[Any],
        scope: TenantScope,
        pipeline: psycopg.AsyncPipeline | None = None,
    ) -> None:
        self.connection = connection
        self.scope = scope
        self._pipeline = pipeline

    async def fetch(
        self, shape: type[Shape], sql: LiteralString, parameters: Parameters = None
    ) -> list[Shape]:
        """Every row, as the given shape (its fields are the columns)."""
        async with self.connection.cursor(row_factory=class_row(shape)) as cursor:
            await cursor.execute(sql, parameters)
            return await cursor.fetchall()

    async def fetch_one(
        self, shape: type[Shape], sql: LiteralString, parameters: Parameters = None
    ) -> Shape | None:
        """The first row, or `None`."""
        async with self.connection.cursor(row_factory=class_row(shape)) as cursor:
            await cursor.execute(sql, parameters)
            return await cursor.fetchone()

    async def rows(self, sql: LiteralString, parameters: Parameters = None) -> list[Row]:
        """Every row as a mapping of column to value."""
        async with self.connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(sql, parameters)
            return await cursor.fetchall()

    async def tuples(self, sql: LiteralString, parameters: Parameters = None) -> list[tuple[Any, ...]]:
        """Every row as a tuple: for the hot path."""
        cursor = await self.connection.execute(sql, parameters)
        return await cursor.fetchall()

    async def scalar(self, sql: LiteralString, parameters: Parameters = None) -> Any:
        """The first column of the first row, or `None` where there is no row."""
        async with self.connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(sql, parameters)
            return await cursor.fetchone()

    async def execute(self, sql: LiteralString, parameters: Parameters = None) -> int:
        """Run a statement; returns how many rows it touched."""
        cursor = await self.connection.execute(sql, parameters)
        if self._pipeline is not None:
            await self._pipeline.sync()
        return cursor.rowcount

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that is undone alone where it raises; the transaction goes on."""
        async with self.connection.transaction():
            yield

    async def send(self, sql: LiteralString, parameters: Parameters = None) -> None:
        """Run a statement whose result nobody needs.

        In a pipelined transaction it does not wait: PostgreSQL works while we go on. An error comes out of a
        later call, and the transaction fails as it would have.
        """
        await self.connection.execute(sql, parameters)
