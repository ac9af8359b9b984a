"""The plugin's ZIP is the same wherever it is built."""

import io
import zipfile
from pathlib import Path

import pytest

from convertos.connections.plugin_package import build_package, facts_of
from convertos.connections.plugin_versions import is_supported, version_number

_MAIN = """<?php
/**
 * Plugin Name:       ConvertOS Connector
 * Version:           1.2.3
 * Requires at least: 6.0
 * Requires PHP:      7.4
 */
"""
_README = """=== ConvertOS Connector ===
Tested up to: 6.8

== Changelog ==

= 1.2.3 =
* Faster.

== Upgrade Notice ==
none
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "convertos-connector"
    for name, content in {
        "convertos-connector.php": _MAIN,
        "readme.txt": _README,
        "includes/class-outbox.php": "<?php",
        "README.md": "for developers",
        ".phpcs/rules.xml": "",
    }.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(content)
    return made


def test_what_the_plugin_says_of_itself(folder: Path) -> None:
    """Its header and its readme are the only places where versions stand."""
    facts = facts_of(folder)
    assert (facts.version, facts.requires, facts.requires_php, facts.tested) == ("1.2.3", "6.0", "7.4", "6.8")
    assert facts.changelog == "= 1.2.3 =\n* Faster."


def test_the_same_sources_are_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """Whenever and in whatever order the files were written, so that every server names the same hash."""
    first = build_package(folder)
    copy = tmp_path / "elsewhere" / "convertos-connector"
    for file in sorted((file for file in folder.rglob("*") if file.is_file()), reverse=True):
        (copy / file.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
        (copy / file.relative_to(folder)).write_bytes(file.read_bytes())
    assert build_package(copy).sha256 == first.sha256
    assert first.file_name == "convertos-connector-1.2.3.zip"
    assert zipfile.ZipFile(io.BytesIO(first.content)).namelist() == [
        "convertos-connector/convertos-connector.php",
        "convertos-connector/includes/class-outbox.php",
        "convertos-connector/readme.txt",
    ]


@pytest.mark.parametrize(
    ("older", "newer"), [("1.0.0", "1.0.1"), ("1.9.0", "1.10"), ("nonsense", "0.0.1"), ("1.0", "1.0.1-beta")]
)
def test_versions_are_compared_by_number(older: str, newer: str) -> None:
    """1.10 is newer than 1.9."""
    assert version_number(older) < version_number(newer)


def test_what_is_no_version_is_too_old() -> None:
    """So it is named."""
    assert not is_supported("trunk")
