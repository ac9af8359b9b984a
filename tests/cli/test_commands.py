"""The list of commands."""

import pytest
from typer.main import get_command

from convertos.cli import commands


def _names(arguments: list[str]) -> set[str]:
    return set(getattr(get_command(commands(arguments)), "commands", {}))


def test_every_command_is_found_by_its_name() -> None:
    """What `convertos --help` lists is also there when only its own module is imported."""
    listed = _names([])
    assert {"up", "web", "worker", "migrate", "user", "demo", "replay", "doctor", "settings"} <= listed
    for name in listed:
        assert name in _names([name])
        assert len(_names([name])) < len(listed), f"{name} imports every other command"


@pytest.mark.parametrize("arguments", [["--help"], ["no-such-command"], ["--version", "up"]])
def test_whoever_names_none_sees_all(arguments: list[str]) -> None:
    """A misspelt command is answered with what there is."""
    assert _names(arguments) == _names([])
