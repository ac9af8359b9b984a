"""HTTP written by hand on a socket, for what no client library would send."""

import asyncio
import json
from contextlib import suppress
from typing import Any, NamedTuple


class RawAnswer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class RawConnection:
    """One connection to a loopback port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> "RawConnection":
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 22))

    async def send(self, data: bytes) -> None:
        """Send as much as the other side takes; it may have hung up by then."""
        self._writer.write(data)
        with suppress(ConnectionError):
            await self._writer.drain()

    async def answer(self, *, has_body: bool = True) -> RawAnswer:
        """The next answer; one to HEAD has no body."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        size = int(headers.get("content-length", "0")) if has_body else 0
        body = await self._reader.readexactly(size)
        return RawAnswer(int(first.split()[1]), headers, body)

    async def is_closed(self) -> bool:
        """Wait until the other side hangs up; whether it did so without another word."""
        try:
            return await self._reader.read(1) == b""
        except ConnectionError:
            return True

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


def request(
    path: str = "/", method: str = "GET", body: bytes = b"", headers: dict[str, str] | None = None
) -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: test"]
    given = headers or {}
    if body and "Content-Length" not in given and "Transfer-Encoding" not in given:
        lines.append(f"Content-Length: {len(body)}")
    lines.extend(f"{name}: {value}" for name, value in given.items())
    return "\r\n".join([*lines, "", ""]).encode() + body


async def exchange(port: int, data: bytes) -> RawAnswer:
    """Send bytes on a connection of their own; its first answer."""
    connection = await RawConnection.open(port)
    try:
        await connection.send(data)
        return await connection.answer()
    finally:
        await connection.close()
