"""A log line is one line of JSON, and holds neither personal data nor secrets."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import psycopg
import pytest
import structlog

from convertos.core.logging import configure_logging, get_logger

CANARY = "ana.papadaki@shop.example"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written from now on, as by a process of ours."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    configure_logging("info", "json", process="test")
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


def read(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_an_error_is_told_by_its_kind_and_place(lines: io.StringIO) -> None:
    """A database error quotes the row, so nothing of its text is written."""
    try:
        raise psycopg.errors.UniqueViolation(f"Key (email)=({CANARY}) already exists.")
    except psycopg.Error:
        get_logger("ours").exception("it failed", email=CANARY)
        logging.getLogger("theirs").exception("it failed")
    first, second = read(lines)
    assert (first["error"], first["sqlstate"], first["email"]) == ("UniqueViolation", "23505", "[masked]")
    assert second["error"] == "UniqueViolation"
    assert "test_logging" in str(first["at"])
    assert CANARY not in lines.getvalue()


async def test_a_task_that_nobody_waits_for_tells_no_details(lines: io.StringIO) -> None:
    """Asyncio would write the error with all that it holds."""
    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": ValueError(CANARY), "source": CANARY}
    )
    (line,) = read(lines)
    assert (line["event"], line["error"]) == ("Task exception was never retrieved", "ValueError")
    assert CANARY not in lines.getvalue()


def test_no_value_makes_a_second_line(lines: io.StringIO) -> None:
    """Whoever puts a line end into a value forges no line of the log."""
    get_logger("ours").info("a\n{}", route='x\r\n{"event": "forged"}\u2028')
    assert [line["event"] for line in read(lines)] == ["a\n{}"]
