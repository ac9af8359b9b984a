"""Runs a supervisor as its one argument, a JSON object, says."""

import json
import sys
from pathlib import Path

from convertos.core.child import Child
from convertos.core.postgres import EmbeddedPostgres
from convertos.core.supervision import Supervisor

plan = json.loads(sys.argv[1])
home = Path(plan["home"])


def say(word: str) -> None:
    # in one write, lest a child's line comes between the word and its end
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def prepare() -> None:
    say("prepared")
    if plan.get("fails_to_prepare"):
        raise RuntimeError("the migration failed")


supervisor = Supervisor(
    home,
    EmbeddedPostgres(home) if plan.get("postgres") else None,
    [
        Child(
            name,
            [
                plan.get("program", sys.executable),
                str(Path(__file__).with_name("work.py")),
                name,
                behaviour,
                str(home),
            ],
        )
        for name, behaviour in plan["children"].items()
    ],
    host="127.0.0.1",
    port=8123,
    prepare=prepare,
    on_ready=lambda: say("all ready"),
    grace_seconds=plan.get("grace_seconds", 10.0),
)
sys.exit(supervisor.run())
