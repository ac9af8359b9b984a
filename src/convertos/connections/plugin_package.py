"""The WordPress plugin as one file to install: the same bytes from the same sources, on every machine.

Source: docs/reference/plugin-protocol.md, "Updates".
"""

import io
import re
import zipfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

import convertos
from convertos.core.errors import NotFoundError

SLUG = "convertos-connector"
_IN_PACKAGE = Path(convertos.__file__).parent / "wordpress_plugin" / SLUG
_IN_CHECKOUT = Path(convertos.__file__).parents[2] / "wordpress-plugin" / SLUG
# A ZIP knows no time zones and no year before 1980.
_TIME = (1980, 1, 1, 0, 0, 0)
_FILE, _ON_UNIX = 0o100644 << 16, 3
_HEADER = re.compile(r"^[ \t*]*(?P<name>[A-Z][A-Za-z ]+):[ \t]*(?P<value>.+?)[ \t]*$", re.MULTILINE)
_CHANGES = re.compile(r"^== Changelog ==\s*(.*?)(?=^== |\Z)", re.MULTILINE | re.DOTALL)


class PluginFacts(NamedTuple):
    """What the plugin says of itself.

    Attributes:
        requires, tested: the oldest and the newest WordPress.
        requires_php: the oldest PHP.
    """

    version: str
    requires: str
    tested: str
    requires_php: str
    changelog: str


class PluginPackage(NamedTuple):
    """A ZIP that WordPress installs."""

    facts: PluginFacts
    content: bytes
    sha256: str

    @property
    def file_name(self) -> str:
        """What it is called when it is downloaded."""
        return f"{SLUG}-{self.facts.version}.zip"


def plugin_folder() -> Path:
    """Where the plugin's sources are: in the installed package, else in the checkout.

    Raises:
        NotFoundError: neither has them.
    """
    for folder in (_IN_PACKAGE, _IN_CHECKOUT):
        if (folder / f"{SLUG}.php").is_file():
            return folder
    raise NotFoundError("This installation comes without the WordPress plugin.")


@cache
def facts_of(folder: Path) -> PluginFacts:
    """What the plugin's header and readme say."""
    header = _headers(folder / f"{SLUG}.php")
    readme_file = folder / "readme.txt"
    readme = readme_file.read_text() if readme_file.is_file() else ""
    tested = _headers(readme_file).get("Tested up to") if readme else None
    changes = _CHANGES.search(readme)
    return PluginFacts(
        version=header["Version"],
        requires=header["Requires at least"],
        tested=tested or header["Requires at least"],
        requires_php=header["Requires PHP"],
        changelog=changes[1].strip() if changes else "",
    )


def _headers(file: Path) -> dict[str, str]:
    found = _HEADER.finditer(file.read_text()[:8192])
    return {match["name"]: match["value"] for match in found}


@cache
def build_package(folder: Path, url: str | None = None, update_key: str | None = None) -> PluginPackage:
    """The plugin as a ZIP.

    Args:
        url: the server that it is to know before anything was pasted; `None` for a copy that knows none.
        update_key: the public key that signs the updates of that server.
    """
    files = {f"{SLUG}/{file.relative_to(folder).as_posix()}": file.read_bytes() for file in _files(folder)}
    if url is not None:
        server = {"url": url, "updateKey": update_key}
        files[f"{SLUG}/server.json"] = msgspec.json.encode(server)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.external_attr, entry.create_system = _FILE, _ON_UNIX
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 9)
    content = stream.getvalue()
    return PluginPackage(facts_of(folder), content, sha256(content).hexdigest())


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and not _is_for_developers(file, folder)]


def _is_for_developers(file: Path, folder: Path) -> bool:
    names = file.relative_to(folder).parts
    return file.suffix == ".md" or any(name.startswith(".") for name in names)
