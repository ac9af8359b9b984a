"""What a landing page is called: the same in Python and in SQL."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from convertos.analytics.landing_page import landing_page_of
from convertos.analytics.store.counted import LANDING_PAGE
from convertos.core.database import Database, Role


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("https://www.shop.example/Shoes/?utm_source=fb#top", "shop.example/Shoes"),
        ("https://shop.example/", "shop.example"),
        ("http://shop.example#x?y", "shop.example"),
        ("/shoes?x=http://other.example/", "/shoes"),
        ("android-app://com.shop", "com.shop"),
        ("?gclid=1", "(not set)"),
        ("https://", "(not set)"),
        ("", "(not set)"),
        (None, "(not set)"),
        ("https://shop.example/" + "é" * 2000, "shop.example/" + "é" * 287),
    ],
)
def test_names_of_pages(address: str | None, page: str) -> None:
    """A page is its host and path, however it was come to."""
    assert landing_page_of(address) == page


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("https:///www.a/")
@example("a://b://c")
@example("HTTP://WWW.A/")
@example("https://www.www.a")
@example("a\nb://c/")
@given(
    st.text(st.sampled_from("a.:/?#w \n-+9é"), max_size=30).map(lambda text: f"https{text}")
    | st.text(max_size=40)
)
async def test_sql_and_python_agree(database: Database, address: str) -> None:
    """Reports from sums and reports from journeys call a page by the same name."""
    address = address.replace("\x00", "").encode(errors="replace").decode()
    async with database.transaction(role=Role.WORKER) as transaction:
        named = await transaction.scalar(
            f"SELECT {LANDING_PAGE} FROM (SELECT %s::text AS landing_address) a", (address,)
        )
    assert named == landing_page_of(address)
