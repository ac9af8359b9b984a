"""What the commands of the console stand on."""

import pytest

from convertos.core.database import Database
from convertos.core.errors import ConflictError, NotFoundError
from convertos.core.ids import new_id
from convertos.tenancy import console
from convertos.tenancy.audit import read_audit_log
from convertos.tenancy.clients import add_client


async def test_an_organization_is_made_where_it_is_new(database: Database) -> None:
    """`--organization NAME` works the first time and finds the same one the second time, by name or id."""
    name = f"Agency {new_id()}"
    with pytest.raises(NotFoundError):
        await console.caller_in(database, name)
    made = await console.caller_in_or_new(database, name)
    async with database.transaction(made.scope) as transaction:
        client = await add_client(transaction, made, name="Shop", timezone="Europe/Athens")
    found = await console.caller_in_or_new(database, name)
    by_id = await console.caller_in(database, str(made.organization_id))
    assert found == by_id
    assert found.organization_id == made.organization_id
    assert found.scope.client_ids == (client.client_id,)


async def test_a_name_that_two_have_is_not_guessed_at(database: Database) -> None:
    """Nobody gets a key to the wrong organization because two have one name."""
    name = f"Agency {new_id()}"
    await console.make_organization(database, name)
    await console.make_organization(database, name)
    with pytest.raises(ConflictError):
        await console.caller_in_or_new(database, name)


async def test_what_the_console_does_is_written_down(database: Database) -> None:
    """The audit log also tells what was done at the machine."""
    caller = await console.make_organization(database, f"Agency {new_id()}")
    async with database.transaction(caller.scope) as transaction:
        await add_client(transaction, caller, name="Shop", timezone="Europe/Athens")
        page = await read_audit_log(transaction, limit=10)
    assert [(entry.action, entry.actor_kind) for entry in page.items] == [
        ("client.created", "console"),
        ("organization.created", "console"),
    ]
