"""The browser's files."""

import gzip
import re
from pathlib import Path

import httpx
import pytest

from convertos.web.assets import FOLDER, Assets, MissingAssetsError
from convertos.web.build_assets import ROOT, build, sprite
from convertos.web.headers import POLICY
from convertos.web.templating import FOLDER as TEMPLATES
from tests.support.house import House

ICON = re.compile(r'icon\(\s*"([a-z0-9-]+)"')
NAMED_ICON = re.compile(r'"([a-z0-9-]+)"')


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets()


async def test_kept_for_ever(house: House, assets: Assets) -> None:
    """A file's address names its version, so a browser need not ask for it again."""
    async with house.http() as http:
        answer = await http.get(assets.url("convertos.css"))
        stale = await http.get("/static/000000000000/convertos.css")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert stale.headers["cache-control"] == "no-cache"
    assert stale.content == answer.content


async def test_packed(house: House, assets: Assets) -> None:
    """A browser that can unpack gets the small form; one that can't gets the whole."""
    async with house.http() as http:
        packed = await http.get(assets.url("vendor/tabler.css"))
        whole = await http.get(assets.url("vendor/tabler.css"), headers={"accept-encoding": "identity"})
        font = await http.get(assets.url("vendor/inter-latin.woff2"))
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in whole.headers
    assert packed.content == whole.content
    assert int(packed.headers["content-length"]) < len(whole.content) / 7
    assert font.headers["content-type"] == "font/woff2"


@pytest.mark.parametrize("name", ["nowhere.css", "../desk.py", "icons.txt.gz", "%2e%2e/desk.py", "vendor/"])
async def test_nothing_else_is_served(house: House, assets: Assets, name: str) -> None:
    """Only files of the folder are served, whatever the address says."""
    async with house.http() as http:
        assert (await http.get(f"/static/{assets.version}/{name}")).status_code == 404


async def test_protected(house: House) -> None:
    """Every answer tells the browser to load nothing from elsewhere and to be shown in no frame."""
    async with house.http() as http:
        for address in ("/login", "/api/openapi.json", "/nowhere", "/healthz"):
            headers: httpx.Headers = (await http.get(address, headers={"accept": "text/html"})).headers
            assert headers["content-security-policy"] == POLICY
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert "strict-transport-security" not in headers
    assert "frame-ancestors 'none'" in POLICY
    assert "unsafe" not in POLICY


def test_missing(tmp_path: Path) -> None:
    """Who starts from a checkout without the files is told the command that fetches them."""
    with pytest.raises(MissingAssetsError, match="make up"):
        Assets(tmp_path).url("convertos.css")


def test_every_icon_is_used_and_every_used_icon_is_there(assets: Assets) -> None:
    """The sprite holds what the pages show, no less and no more."""
    in_templates = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    in_code = "".join(path.read_text() for path in FOLDER.parent.rglob("*.py"))
    used = set(ICON.findall(in_templates)) | set(NAMED_ICON.findall(in_templates + in_code))
    assert assets.icons - used == set()
    assert set(ICON.findall(in_templates)) - assets.icons == set()


def test_build(tmp_path: Path) -> None:
    """What npm fetched is copied with its packed form, its licences, and no pointer to source maps."""
    written = build(ROOT / "node_modules", tmp_path / "vendor", FOLDER / "icons.txt")
    names = {path.name for path in written}
    assert {"tabler.css", "tabler.css.gz", "htmx.js", "echarts.js", "icons.svg", "licenses.txt"} <= names
    style = (tmp_path / "vendor" / "tabler.css").read_bytes()
    assert b"sourceMappingURL" not in style
    assert gzip.decompress((tmp_path / "vendor" / "tabler.css.gz").read_bytes()) == style


def test_unknown_icon() -> None:
    """A name that Tabler does not have stops the build."""
    with pytest.raises(FileNotFoundError):
        sprite(ROOT / "node_modules/@tabler/icons/icons", ["no-such-icon"])


def test_unknown_file(assets: Assets) -> None:
    """A page that names a file that is not there fails when it is written, not in the browser."""
    with pytest.raises(KeyError):
        assets.url("nowhere.js")
