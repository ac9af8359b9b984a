"""What the WordPress plugin costs a page of a shop while its server refuses connections, or hangs."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

from tests.wordpress.place import WordPressSite, put_stand_ins, run_wordpress
from tests.wordpress.unprivileged import directory_of_its_own, give_away

from benchmarks.figures import Figure
from convertos.connections.connection_string import ConnectionString
from convertos.connections.plugin_package import SLUG, build_package, plugin_folder

_MAIN = f"{SLUG}/{SLUG}.php"
_REFUSED = "http://127.0.0.1:9"
_ROUNDS, _REQUESTS = 40, 5
_MOST_MILLISECONDS = 5.0
_FIELDS = [{"name": "your-email", "type": "email", "label": "E-mail", "value": "maria@shop.example"}]


def measure(*, is_quick: bool) -> list[Figure]:
    """Pages without the plugin, and with it while its server is away: one after the other, again and again."""
    return asyncio.run(_measure(3 if is_quick else _ROUNDS))


async def _measure(rounds: int) -> list[Figure]:
    with directory_of_its_own("bench") as directory:
        async with run_wordpress(directory) as site, _hanging_server() as hanging:
            await _install(site)
            tea = await site.do("make_product", name="Tea", sku="TEA", price="42.95")
            seconds: dict[tuple[str, str], list[float]] = {}
            for _ in range(rounds):
                for condition, url in (("without", None), ("refused", _REFUSED), ("hanging", hanging)):
                    await _prepare(site, url)
                    for page in ("look", "form", "checkout"):
                        taken = [await _seconds(site, page, tea) for _ in range(_REQUESTS)]
                        seconds.setdefault((page, condition), []).extend(taken)
    return [figure for page in ("look", "form", "checkout") for figure in _figures(page, seconds)]


def _figures(page: str, seconds: dict[tuple[str, str], list[float]]) -> Sequence[Figure]:
    name = {"look": "a page that is looked at", "form": "a form that is sent", "checkout": "an order"}[page]
    plain = median(seconds[page, "without"]) * 1000
    figures = [Figure(f"{name}, without the plugin (median)", plain, "ms")]
    for condition in ("refused", "hanging"):
        more = median(seconds[page, condition]) * 1000 - plain
        figures.append(
            Figure(
                f"{name}, more with it, server {condition}", more, "ms", _MOST_MILLISECONDS, is_least=False
            )
        )
    return figures


@asynccontextmanager
async def _hanging_server() -> AsyncIterator[str]:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _install(site: WordPressSite) -> None:
    for main_file in put_stand_ins(site):
        await site.run("activate", plugin=main_file)
    package = build_package(plugin_folder())
    file = site.root.parent / package.file_name
    file.write_bytes(package.content)
    give_away(file.parent)
    await site.run("install_plugin", file=str(file), plugin=_MAIN)


async def _prepare(site: WordPressSite, url: str | None) -> None:
    if url is None:
        await site.run("deactivate", plugins=[_MAIN])
    else:
        await site.run("activate", plugin=_MAIN)
        line = ConnectionString(
            url=url, connection_id=f"wp_{'0' * 24}", secret="0" * 64, api_key="", update_key=""
        )
        await site.run("connect", line=line.encode())
    await _seconds(site, "look", 0)


async def _seconds(site: WordPressSite, page: str, tea: int) -> float:
    began = time.perf_counter()
    if page == "look":
        async with site.visitor() as http:
            (await http.get("/")).raise_for_status()
    else:
        given: dict[str, Any] = {"plugin": "wpforms", "fields": _FIELDS}
        if page == "checkout":
            given = {"product": tea, "email": "maria@shop.example", "pay": "gateway"}
        await site.do("submit_form" if page == "form" else "classic_checkout", **given)
    return time.perf_counter() - began
