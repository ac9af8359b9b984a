"""The test bed itself: WordPress, its database and its web server run, and PHP has nothing to complain of."""

from tests.wordpress.place import WordPressSite


async def test_the_site_answers(bare: WordPressSite) -> None:
    """A visitor sees a page, from a theme, through PHP's web server."""
    async with bare.visitor() as http:
        answer = await http.get("/")
    assert answer.status_code == 200
    assert "A page of the shop" in answer.text


async def test_the_bench_runs_within_a_page(bare: WordPressSite) -> None:
    """What a test does happens in a request, as a visitor's doing does."""
    assert await bare.do("option", name="stylesheet") == "bench"
    assert await bare.run("option", name="timezone_string") == "Europe/Athens"
