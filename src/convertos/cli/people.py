"""Commands that make organizations, people, keys and clients without a browser."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import typer

from convertos.core.database import Database, Role
from convertos.core.errors import InvalidError
from convertos.core.installation import Installation
from convertos.core.logging import configure_logging
from convertos.core.settings import Settings
from convertos.tenancy.clients import add_client
from convertos.tenancy.console import caller_in, caller_in_or_new
from convertos.tenancy.keys import make_key
from convertos.tenancy.passwords import Passwords
from convertos.tenancy.rights import UserRole
from convertos.tenancy.users import add_user

user = typer.Typer(help="People who sign in.", no_args_is_help=True)
key = typer.Typer(help="API keys of programs.", no_args_is_help=True)
client = typer.Typer(help="The brands whose data is walled off.", no_args_is_help=True)

OrganizationOption = Annotated[str, typer.Option("--organization", help="Its name or id.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts.")]
ClientsOption = Annotated[
    str | None, typer.Option(help="Ids of clients, separated by commas; without it, all of them.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(user, name="user")
    app.add_typer(key, name="key")
    app.add_typer(client, name="client")


@user.command("create")
def create_user(
    organization: OrganizationOption,
    email: Annotated[str, typer.Option(help="What the person signs in with.")],
    role: Annotated[UserRole, typer.Option(help="What the person may do.")] = UserRole.OWNER,
    name: Annotated[str | None, typer.Option(help="What the person is called.")] = None,
    clients: ClientsOption = None,
    is_password_on_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make an account; an organization of a new name is made with it."""
    password = _read_password(from_stdin=is_password_on_stdin)

    async def create() -> dict[str, Any]:
        async with _database() as (_, database):
            caller = await caller_in_or_new(database, organization)
            async with database.transaction(caller.scope) as transaction:
                made = await add_user(
                    transaction,
                    caller,
                    Passwords(),
                    email=email,
                    name=name or email.partition("@")[0],
                    password=password,
                    role=role,
                    client_ids=_ids(clients),
                )
        return {"id": str(made.user_id), "email": made.email, "organizationId": str(made.organization_id)}

    made = asyncio.run(create())
    typer.echo(json.dumps(made) if as_json else f"{made['email']} can sign in now.")


@key.command("create")
def create_key(
    organization: OrganizationOption,
    name: Annotated[str, typer.Option(help="What the key is for.")],
    scopes: Annotated[
        str, typer.Option(help="Rights, separated by commas, such as orders:read; or all.")
    ] = "all",
    clients: ClientsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an API key and print it, alone; nobody can read it again."""

    async def create() -> tuple[str, str]:
        async with _database() as (installation, database):
            caller = await caller_in(database, organization)
            async with database.transaction(caller.scope) as transaction:
                made, token = await make_key(
                    transaction,
                    caller,
                    installation.token_hasher,
                    name=name,
                    scopes=[scope.strip() for scope in scopes.split(",") if scope.strip()],
                    client_ids=_ids(clients),
                )
        return str(made.key_id), token

    key_id, token = asyncio.run(create())
    typer.echo(json.dumps({"id": key_id, "key": token}) if as_json else token)


@client.command("create")
def create_client(
    organization: OrganizationOption,
    name: Annotated[str, typer.Option(help="What the client is called.")],
    timezone: Annotated[str, typer.Option(help="Where its days begin, such as Europe/Athens.")],
    domain: Annotated[str | None, typer.Option(help="Its shop's or site's domain.")] = None,
    currency: Annotated[str | None, typer.Option(help="What it reports in, such as EUR.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a client and print its id; an organization of a new name is made with it."""

    async def create() -> dict[str, Any]:
        async with _database() as (_, database):
            caller = await caller_in_or_new(database, organization)
            async with database.transaction(caller.scope) as transaction:
                made = await add_client(
                    transaction, caller, name=name, timezone=timezone, domain=domain, currency=currency
                )
        return {"id": str(made.client_id), "slug": made.slug, "currency": made.currency}

    made = asyncio.run(create())
    typer.echo(json.dumps(made) if as_json else made["id"])


@asynccontextmanager
async def _database() -> AsyncIterator[tuple[Installation, Database]]:
    configure_logging("warning", "text", process="console")
    installation = Installation.find(Settings())
    sizes = {Role.APP: 2, Role.AUTH: 1}
    async with Database(installation.access, sizes, name="convertos console") as database:
        yield installation, database


def _read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _ids(listed: str | None) -> list[UUID] | None:
    if listed is None:
        return None
    try:
        return [UUID(one.strip()) for one in listed.split(",") if one.strip()]
    except ValueError as error:
        raise InvalidError.field("clients", f"{listed!r} is not a list of client ids.") from error
