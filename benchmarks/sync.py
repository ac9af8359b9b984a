"""A first import from a WooCommerce store: its own speed of 600 orders/s, an unthrottled one, and memory.

The store is a program of its own on this machine, so its work takes from the same cores.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from benchmarks.figures import Figure, cpu_seconds, family, resident_bytes
from benchmarks.house import House, free_port, run_house

_STORE_RATE = 600.0
_PAGE_SECONDS = 100 * 2 / _STORE_RATE
_POLL_SECONDS = 0.25


@dataclass
class Run:
    """What one import was like.

    Attributes:
        seconds: until the last page was kept; `processed_seconds` until the ledger had everything.
        cpu: of all processes of ConvertOS, while it was pulled.
        memory: the most that the worker held.
    """

    orders: int
    seconds: float
    processed_seconds: float
    cpu: float
    worker_cpu: float
    memory: int

    @property
    def rate(self) -> float:
        return self.orders / self.seconds


def measure(*, is_quick: bool) -> list[Figure]:
    """Import at the store's own speed, then as fast as it goes."""
    steady, large = (3_000, 10_000) if is_quick else (12_000, 100_000)
    with run_house(allow_private_hosts="true") as house:
        throttled = _import(house, steady, _PAGE_SECONDS)
        unthrottled = _import(house, large, 0.0)
    return [
        Figure("of a store's own 600 orders/s", throttled.rate / _STORE_RATE, "of it", 0.95),
        Figure("  used by the worker", throttled.worker_cpu / throttled.seconds, "cores", 0.4, is_least=False),
        Figure("  used by all of ConvertOS and PostgreSQL", throttled.cpu / throttled.seconds, "cores"),
        Figure("unthrottled: pulled and kept", unthrottled.rate, "orders/s", 5000),
        Figure("  until the ledger had all", unthrottled.orders / unthrottled.processed_seconds, "orders/s"),
        Figure(f"  memory of the worker, {large:,}", unthrottled.memory / 1024**2, "MB", 200, is_least=False),
    ]  # fmt: skip


@contextmanager
def _store(orders: int, page_seconds: float) -> Iterator[str]:
    port = free_port()
    program = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.shop_server", str(port), str(orders), str(page_seconds)]
    )
    try:
        for _ in range(200):
            try:
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        program.terminate()
        program.wait(10)


def _import(house: House, orders: int, page_seconds: float) -> Run:
    client_id = house.add_client(f"Shop of {orders}")
    http = httpx.Client(base_url=house.address, headers={"Authorization": f"Bearer {house.key}"}, timeout=60)
    pids = family(house.parent.pid)
    worker = next(pid for pid in pids if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"))
    with http, _store(orders, page_seconds) as address:
        body = {"clientId": client_id, "storeUrl": address, "consumerKey": "ck_x", "consumerSecret": "cs_x"}
        before, worker_before = cpu_seconds(family(house.parent.pid)), cpu_seconds([worker])
        connected = http.post("/api/integrations/woocommerce/connect", json=body).raise_for_status().json()
        memory, sync = 0, {"status": "waiting"}
        while sync["status"] in {"waiting", "running"}:
            time.sleep(_POLL_SECONDS)
            memory = max(memory, resident_bytes(worker))
            sync = http.get(f"/api/syncs/{connected['syncId']}").raise_for_status().json()["sync"]
        cpu, worker_cpu = (
            cpu_seconds(family(house.parent.pid)) - before,
            cpu_seconds([worker]) - worker_before,
        )
        _check(sync, orders)
        processed = _wait_for_ledger(http, connected["integration"]["id"], orders)
    seconds = _seconds(sync)
    return Run(orders, seconds, seconds + processed, cpu, worker_cpu, memory)


def _check(sync: dict[str, Any], orders: int) -> None:
    if sync["status"] != "succeeded" or sync["orders"]["synced"] != orders:
        raise RuntimeError(f"the sync ended otherwise: {sync}")


def _wait_for_ledger(http: httpx.Client, integration_id: str, orders: int) -> float:
    began = time.monotonic()
    while True:
        answer = http.get(f"/api/integrations/{integration_id}").raise_for_status().json()
        if answer["integration"]["syncedOrders"] >= orders:
            return time.monotonic() - began
        time.sleep(_POLL_SECONDS)


def _seconds(sync: dict[str, Any]) -> float:
    began, ended = (datetime.fromisoformat(sync[name]) for name in ("startedAt", "finishedAt"))
    return (ended - began).total_seconds()
