"""The plugin as the server gives it out, and word of newer ones."""

import base64
import io
import json
import zipfile
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tests.support.house import House

from convertos.connections.plugin_updates import UpdateSigner

PLUGIN = "/api/integrations/wordpress"


async def test_the_zip_installs_and_knows_its_server(house: House) -> None:
    """One folder with the plugin's main file, and where it came from; nothing for developers."""
    async with house.http() as http:
        answer = await http.get(f"{PLUGIN}/plugin.zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    names = archive.namelist()
    server = json.loads(archive.read("convertos-connector/server.json"))
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="convertos-connector-')
    assert "convertos-connector/convertos-connector.php" in names
    assert {name.partition("/")[0] for name in names} == {"convertos-connector"}
    assert not [name for name in names if name.endswith(".md") or "/." in name]
    assert server == {
        "url": house.installation.settings.base_url,
        "updateKey": UpdateSigner(house.installation.master_key).public_key,
    }


async def test_the_manifest_is_signed_and_names_the_very_file(house: House) -> None:
    """A copy can check who tells of the update, and that it got what was told."""
    async with house.http() as http:
        answer = (await http.get(f"{PLUGIN}/plugin/manifest")).json()
        manifest = json.loads(answer["signed"])
        package = await http.get(urlsplit(manifest["package"]).path)
    key = Ed25519PublicKey.from_public_bytes(
        base64.b64decode(UpdateSigner(house.installation.master_key).public_key)
    )
    key.verify(base64.b64decode(answer["signature"]), answer["signed"].encode())
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(answer["signature"]), answer["signed"].replace("1", "2").encode())
    assert manifest["slug"] == "convertos-connector"
    assert manifest["packageSha256"] == sha256(package.content).hexdigest()
    assert manifest["packageBytes"] == len(package.content)
    assert {
        "version",
        "requires",
        "requiresPhp",
        "tested",
        "minimumPluginVersion",
        "issuedAt",
    } < manifest.keys()


async def test_no_other_version_is_kept(house: House) -> None:
    """An address of an old manifest leads to nothing, not to another file."""
    async with house.http() as http:
        answer = await http.get(f"{PLUGIN}/plugin/convertos-connector-0.0.1.zip")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
