"""The shipped tables hold no contradictions."""

import csv
from importlib.resources import files

import pytest

from convertos.attribution.source_tables import Category, click_ids, folded, named_by, place_of
from convertos.attribution.stated import stated_name
from convertos.attribution.web_address import host_of
from convertos.records import CLICK_ID_PARAMETERS

RULES_FOLDER = files("convertos.attribution").joinpath("rules")


def rows(table: str) -> list[list[str]]:
    text = RULES_FOLDER.joinpath(f"{table}.csv").read_text(encoding="utf-8")
    return list(csv.reader(text.splitlines()))[1:]


SOURCES = [row[0] for row in rows("sources")]


@pytest.mark.parametrize("table", ["sources", "hosts", "aliases", "pass_through"])
class TestEachTable:
    def test_is_sorted_and_says_each_thing_once(self, table: str) -> None:
        """A new line has one place, and a second meaning of a name is noticed."""
        keys = [row[0] for row in rows(table)]
        assert keys == sorted(set(keys))

    def test_is_in_lower_case(self, table: str) -> None:
        """What is looked up in lower case is written in lower case."""
        keys = [row[0] for row in rows(table)]
        assert keys == [key.lower() for key in keys]


def test_categories_are_known() -> None:
    """Every source has a kind that the channel rules know."""
    assert {row[2] for row in rows("sources")} == {str(category) for category in Category}


def test_everything_leads_to_a_listed_source() -> None:
    """No alias, host or click id points at a source that has no category."""
    named = {row[2] for row in rows("hosts")} | {row[1] for row in rows("aliases")}
    clicked = {row[1] for row in rows("click_ids")}
    also = {source for row in rows("click_ids") for source in row[3].split()}
    assert (named | clicked | also) - set(SOURCES) == set()


def test_aliases_do_not_take_the_name_of_a_source() -> None:
    """A name means one source: `bing` is never an alias of another."""
    assert {row[0] for row in rows("aliases")} & {folded(source) for source in SOURCES} == set()


def test_aliases_are_spelled_as_they_are_looked_up() -> None:
    """An alias that could never match is a mistake."""
    aliases = [row[0] for row in rows("aliases")]
    assert aliases == [folded(stated_name(alias)) for alias in aliases]


def test_every_source_is_found_by_its_own_name() -> None:
    """What a report shows can be used as `utm_source` and means the same."""
    assert [named_by(source).source for source in SOURCES] == SOURCES


@pytest.mark.parametrize("table", ["hosts", "pass_through"])
def test_hosts_are_hosts(table: str) -> None:
    """A listed host is written as hosts are read: no scheme, no www., no port."""
    hosts = [row[0] for row in rows(table)]
    assert hosts == [host_of(f"https://{host}/") for host in hosts]


def test_no_host_is_both_a_source_and_a_way_to_pay() -> None:
    """A host has one meaning."""
    assert {row[0] for row in rows("hosts")} & {row[0] for row in rows("pass_through")} == set()


def test_subdomains_are_marked() -> None:
    """Whether a host's sub-domains count is said for each."""
    assert {row[1] for table in ("hosts", "pass_through") for row in rows(table)} == {"yes", "no"}


def test_hosts_lead_to_their_sources() -> None:
    """Each listed host is found by the look-up."""
    web = [
        (host, source) for host, _, source in rows("hosts") if not host.startswith(("com.", "org.", "ai."))
    ]
    assert [(host, place_of(host).named.source) for host, _ in web] == web


def test_ways_to_pay_are_passed_through() -> None:
    """Each listed payment host is found by the look-up."""
    assert [row[0] for row in rows("pass_through") if not place_of(row[0]).passed_through] == []


def test_click_ids_are_those_that_are_recorded() -> None:
    """Every click id that evidence keeps has a meaning, and no meaning waits for one that is not kept."""
    assert set(click_ids()) == CLICK_ID_PARAMETERS


def test_there_is_something_to_look_up() -> None:
    """The lists are worth their name in every category."""
    hosts = dict.fromkeys(Category, 0)
    for _, _, source in rows("hosts"):
        hosts[named_by(source).category] += 1
    enough = {
        Category.SEARCH: 250,
        Category.SOCIAL: 150,
        Category.SHOPPING: 150,
        Category.MAIL: 50,
        Category.AI: 40,
    }
    assert {category: hosts[category] >= least for category, least in enough.items()} == dict.fromkeys(
        enough, True
    )
