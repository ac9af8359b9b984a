"""A server that answers every request as it is told, and remembers what it was asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class AnsweringServer:
    """What it answers, and where."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    asked: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request for each connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next(
            (int(line.partition(":")[2]) for line in head.splitlines() if line.startswith("content-length:")),
            0,
        )
        await reader.readexactly(length)
        self.asked += 1
        headers = {"content-type": "application/problem+json", "content-length": str(len(self.body))}
        lines = [f"{name}: {value}" for name, value in (headers | self.headers).items()]
        writer.write(
            "\r\n".join([f"HTTP/1.1 {self.status} Told", *lines, "connection: close", "", ""]).encode()
        )
        writer.write(self.body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def run_answering_server() -> AsyncIterator[AnsweringServer]:
    """Run one on a free loopback port."""
    told = AnsweringServer()
    server = await asyncio.start_server(told.answer, "127.0.0.1", 0)
    told.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield told
    finally:
        server.close()
