"""Every example of docs/howto/receive-webhooks.md does what the page says."""

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from tests.support.house import House
from tests.support.receipts import receipts_of
from tests.support.tenants import Source

from convertos.core.database import Database

PAGE = Path(__file__).parents[2] / "docs/howto/receive-webhooks.md"
EXAMPLES = dict(re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
PROGRAMS = {"sh": "sh", "python": sys.executable, "php": "php", "js": "node"}


def test_the_page_has_an_example_for_everybody() -> None:
    """An example that nobody runs would be missed here."""
    assert EXAMPLES.keys() == {"json", *PROGRAMS}


@pytest.mark.parametrize("language", PROGRAMS)
async def test_the_example_delivers(
    house: House, database: Database, site: Source, tmp_path: Path, language: str
) -> None:
    """Copied from the page and run, it hears what the page says, and the second time that it is known."""
    program = shutil.which(PROGRAMS[language])
    if program is None:
        pytest.skip(f"no {PROGRAMS[language]} here")
    (tmp_path / "event.json").write_text(EXAMPLES["json"], encoding="utf-8")
    (tmp_path / "example").write_text(EXAMPLES[language], encoding="utf-8")
    environment = {
        **os.environ,
        "CONVERTOS_URL": house.base_url,
        "CONNECTION_ID": site.public_id,
        "CONNECTION_SECRET": site.secret,
    }
    told = []
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(
            program, "example", cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        assert process.returncode == 0
        told.append(json.loads(said))
    assert told == [
        {"success": True, "eventId": "order-1001-paid", "duplicate": is_duplicate}
        for is_duplicate in (False, True)
    ]
    await house.settle()
    (kept,) = await receipts_of(database, site)
    assert (kept["event_type"], kept["outcome"]) == ("order.paid", "processed")
