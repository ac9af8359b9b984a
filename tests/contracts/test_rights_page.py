"""The how-to tells the rights as they are."""

import re
from pathlib import Path

from convertos.tenancy.rights import MEANINGS, Right, UserRole

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "call-the-api.md"


def test_the_table_of_rights_is_the_one_in_the_code() -> None:
    """Who reads the page knows what a role or key may."""
    roles = (UserRole.OWNER, UserRole.ADMIN, UserRole.ANALYST, UserRole.VIEWER)
    told: dict[Right, set[UserRole]] = {}
    for line in PAGE.read_text().splitlines():
        names = re.findall(r"`([a-z]+:[a-z]+)`", line) if line.startswith("| `") else []
        marks = [cell.strip() for cell in line.split("|")[2:6]]
        for name in names:
            told[Right(name)] = {role for role, mark in zip(roles, marks, strict=True) if mark}
    assert told == {right: set(holders) for right, (_, holders) in MEANINGS.items()}
