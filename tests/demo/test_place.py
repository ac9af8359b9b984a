"""Where the demo goes, and how it is found again."""

from collections.abc import AsyncIterator

import pytest

from convertos.core.database import Database, Role
from convertos.core.errors import ConflictError
from convertos.core.installation import Installation
from convertos.demo import place
from convertos.demo.brand import BRANDS
from convertos.demo.scene import EDITION
from convertos.tenancy import console
from convertos.tenancy.clients import list_clients
from convertos.tenancy.model import Caller
from tests.demo.books import START

TERMS = place.Terms(edition=EDITION, seed=7, scale=0.1, starts_on=START)


@pytest.fixture
async def fresh(empty_installation: Installation) -> AsyncIterator[Database]:
    async with Database(empty_installation.access, {Role.APP: 3, Role.AUTH: 1}, name="tests") as database:
        yield database


async def named(database: Database, caller: Caller) -> str:
    known = await console.organizations(database)
    return next(each.name for each in known if each.caller.organization_id == caller.organization_id)


async def fill_in(database: Database, installation: Installation, caller: Caller) -> list[place.Placed]:
    return await place.place_brands(database, installation.vault, caller, found=None, terms=TERMS)


async def test_without_an_organization_one_is_made(fresh: Database) -> None:
    """Whoever tries the demo first of all needs nothing."""
    caller = await place.choose_organization(fresh, None)
    assert await named(fresh, caller) == "ConvertOS demo"


async def test_the_only_organization_gets_the_demo(fresh: Database) -> None:
    """The owner who set the house up sees the demo at once."""
    made = await console.make_organization(fresh, "Agency")
    caller = await place.choose_organization(fresh, None)
    assert caller.organization_id == made.organization_id


async def test_among_several_the_demo_gets_its_own(fresh: Database) -> None:
    """Nobody's organization is chosen by guessing; the name decides where one is given."""
    for name in ("Agency", "Other agency"):
        await console.make_organization(fresh, name)
    assert await named(fresh, await place.choose_organization(fresh, None)) == "ConvertOS demo"
    assert await named(fresh, await place.choose_organization(fresh, "Other agency")) == "Other agency"
    assert await named(fresh, await place.choose_organization(fresh, "Third agency")) == "Third agency"


async def test_the_demo_is_found_where_it_is(fresh: Database, empty_installation: Installation) -> None:
    """Later runs go on where the first one began, whatever organizations were made since."""
    await console.make_organization(fresh, "Agency")
    caller = await place.choose_organization(fresh, "With a demo")
    placed = await fill_in(fresh, empty_installation, caller)
    again = await place.choose_organization(fresh, None)
    assert again.organization_id == caller.organization_id
    assert await place.find_demo(fresh, again) == place.Found(TERMS, tuple(placed))


async def test_the_brands_are_clients_like_any_other(
    fresh: Database, empty_installation: Installation
) -> None:
    """Three clients in their currencies and time zones, each with the connections of its kind."""
    caller = await place.choose_organization(fresh, None)
    placed = await fill_in(fresh, empty_installation, caller)
    assert [each.brand.key for each in placed] == list(BRANDS)
    assert [sorted(each.connections) for each in placed] == [
        ["woocommerce", "wordpress"],
        ["wordpress"],
        ["wordpress"],
    ]
    caller = await place.choose_organization(fresh, None)
    async with fresh.transaction(caller.scope) as transaction:
        clients = (await list_clients(transaction, limit=10)).items
    assert [(client.name, client.currency, client.timezone) for client in clients] == [
        ("Quillfink Kaffee", "EUR", "Europe/Berlin"),
        ("Wrenfallow Outdoor", "USD", "America/Chicago"),
        ("Sunnybarrow Solar", "AUD", "Australia/Melbourne"),
    ]


async def test_what_is_there_is_not_made_again(fresh: Database, empty_installation: Installation) -> None:
    """A brand that is missing, because a run was interrupted or somebody erased it, is the only one made."""
    caller = await place.choose_organization(fresh, None)
    first = await fill_in(fresh, empty_installation, caller)
    caller = await place.choose_organization(fresh, None)
    found = place.Found(TERMS, (first[0], first[2]))
    second = await place.place_brands(fresh, empty_installation.vault, caller, found=found, terms=TERMS)
    assert [second[0], second[2]] == [first[0], first[2]]
    assert second[1].client_id != first[1].client_id


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"seed": 8}, "--seed 7"), ({"scale": 0.5}, "--scale 0.1")],
)
def test_a_history_is_not_continued_as_another(changed: dict[str, float], words: str) -> None:
    """Asking for another seed or scale than what is there says what is there, and how to begin anew."""
    wishes = {"seed": None, "scale": None} | changed
    with pytest.raises(ConflictError, match=words) as refused:
        place.check_terms(TERMS, **wishes)  # type: ignore[arg-type]  # a test's shorthand
    assert "convertos demo --remove" in refused.value.message
    place.check_terms(TERMS, 7, 0.1)
    place.check_terms(TERMS, None, None)


def test_another_releases_history_is_not_continued() -> None:
    """A release that tells another story says so instead of mixing two."""
    older = place.Terms(edition=EDITION - 1, seed=7, scale=0.1, starts_on=START)
    with pytest.raises(ConflictError, match="by another release"):
        place.check_terms(older, None, None)
