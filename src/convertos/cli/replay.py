"""`convertos replay`: sends recorded deliveries through the front door, signed anew."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.progress import Progress

from convertos.connections.directory import Directory, DoorConnection
from convertos.core.database import Database, Role
from convertos.core.errors import ConfigurationError, NotFoundError
from convertos.core.installation import Installation
from convertos.core.settings import Settings
from convertos.core.supervision import running_instance
from convertos.platforms import Locator, Platform, platform_of

_HEADERS_SUFFIX = ".headers.json"
_BODY_SUFFIXES = frozenset({".json", ".form"})
# What the sender's connection or its old secret said; made anew.
_MADE_ANEW = frozenset({"host", "content-length", "connection", "accept-encoding", "x-wc-webhook-signature"})
_EXIT_REFUSED = 1


@dataclass(frozen=True)
class Recording:
    """One recorded delivery.

    Attributes:
        topic: of the event; the name of the folder where no header tells it.
    """

    name: str
    body: bytes
    headers: dict[str, str]
    topic: str
    is_form: bool


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    directory: Annotated[
        Path,
        typer.Argument(exists=True, file_okay=False, help="Bodies, with their NAME.headers.json beside."),
    ],
    connection: Annotated[str, typer.Option(help="The public id of the connection, such as wc_…")],
    times: Annotated[int, typer.Option(min=1, help="How often to send each delivery.")] = 1,
    shuffle: Annotated[int | None, typer.Option(help="Send in a random order, by this seed.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="How many at the same time.")] = 8,
) -> None:
    """Send recorded deliveries to a running ConvertOS, signed with the connection's present secret.

    Exits with 1 when any of them is refused.
    """
    recordings = list(read_recordings(directory)) * times
    if not recordings:
        raise NotFoundError(f"There are no recorded deliveries in {directory}.")
    if shuffle is not None:
        random.Random(shuffle).shuffle(recordings)  # noqa: S311 - an order, not a secret
    counts = asyncio.run(_send_all(Settings(), connection, recordings, concurrency))
    for answer, count in sorted(counts.items()):
        typer.echo(f"{count:6d}  {answer}")
    if any(not answer.startswith("200") for answer in counts):
        raise typer.Exit(_EXIT_REFUSED)


def read_recordings(directory: Path) -> Iterator[Recording]:
    """Every delivery below a directory, by the names of its files."""
    for file in sorted(directory.rglob("*")):
        if file.suffix not in _BODY_SUFFIXES or file.name.endswith(_HEADERS_SUFFIX):
            continue
        headers = _read_headers(file.with_name(file.stem + _HEADERS_SUFFIX))
        topic = next((value for name, value in headers.items() if name.lower() == "x-wc-webhook-topic"), "")
        name = str(file.relative_to(directory))
        yield Recording(name, file.read_bytes(), headers, topic or file.parent.name, file.suffix == ".form")


def _read_headers(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    content = json.loads(file.read_text())
    headers = content.get("headers", content)
    pairs = headers.items() if isinstance(headers, dict) else headers
    return {name: value for name, value in pairs if name.lower() not in _MADE_ANEW}


async def _send_all(
    settings: Settings, public_id: str, recordings: Sequence[Recording], concurrency: int
) -> Counter[str]:
    installation = Installation.find(settings)
    async with Database(installation.access, {Role.INGEST: 1}, name="convertos replay") as database:
        found = await Directory(database, installation.vault).find_afresh(Locator(public_id=public_id))
    platform = platform_of(found[0].type) if found else None
    if platform is None:
        raise NotFoundError(f"There is no connection {public_id} that takes deliveries.")
    secrets = found[0].living_secrets(datetime.now(UTC))
    if not secrets:
        raise ConfigurationError(f"The connection {public_id} has no living secret; rotate it.")
    places = asyncio.Semaphore(concurrency)
    async with httpx.AsyncClient(base_url=_address(settings), timeout=60) as http:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Sending", total=len(recordings))

            async def send(recording: Recording) -> str:
                async with places:
                    answer = await _send(http, platform, found[0], recording, secrets[0])
                progress.advance(task)
                return answer

            return Counter(await asyncio.gather(*map(send, recordings)))


def _address(settings: Settings) -> str:
    instance = running_instance(settings.home) if settings.is_embedded else None
    return instance.address if instance is not None else settings.base_url


async def _send(
    http: httpx.AsyncClient,
    platform: Platform,
    connection: DoorConnection,
    recording: Recording,
    secret: bytes,
) -> str:
    headers = {"Content-Type": "application/json", **recording.headers}
    if not recording.is_form:
        signed = platform.sign(recording.body, recording.topic, secret, datetime.now(UTC))
        headers = {
            **signed,
            **headers,
            **{name: signed[name] for name in signed if "signature" in name.lower()},
        }
    path, names = platform.address(connection.public_id)
    answer = await http.post(path, content=recording.body, headers=headers | names)
    content = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    detail = "duplicate" if content.get("duplicate") else content.get("code", "")
    return f"{answer.status_code} {detail}".rstrip()
