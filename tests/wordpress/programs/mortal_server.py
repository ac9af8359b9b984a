"""ConvertOS's web process on a port of a test's choice, which may be ordered to die at a named step."""

import asyncio
import json
import sys

from convertos.app import create_app
from convertos.core.crypto import MasterKey
from convertos.core.database import DatabaseAccess, Role
from convertos.core.failpoints import arm
from convertos.core.http_server import make_server
from convertos.core.installation import Installation
from convertos.core.settings import Settings


async def main() -> None:
    given = json.loads(sys.argv[1])
    conninfo = {Role(name): address for name, address in given["conninfo"].items()}
    settings = Settings(port=given["port"], webhook_rate_per_minute=1_000_000)
    arm(settings)
    key = MasterKey(bytes.fromhex(given["key"]))
    installation = Installation(settings, key, DatabaseAccess(conninfo, creates_roles=False), None)
    server = make_server(create_app(installation), settings, None, say_ready)
    await server.serve()


def say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
