"""Who may do what."""

import pytest

from convertos.tenancy.rights import (
    KEY_SCOPES,
    MEANINGS,
    ORGANIZATION_WIDE,
    Right,
    UserRole,
    rights_of_role,
    rights_of_scopes,
)


def test_every_right_is_explained_and_given_to_an_owner() -> None:
    """The table has a row for each right, in words for people."""
    assert MEANINGS.keys() == set(Right)
    assert rights_of_role(UserRole.OWNER) == set(Right)


def test_each_role_may_what_the_one_below_may() -> None:
    """To be given a higher role never takes a right away."""
    viewer, analyst, admin, owner = (
        rights_of_role(role) for role in (UserRole.VIEWER, UserRole.ANALYST, UserRole.ADMIN, UserRole.OWNER)
    )
    assert viewer < analyst < admin < owner


def test_viewers_and_analysts_change_nothing() -> None:
    """Who reads can't write; an analyst exports besides."""
    writing = {right for right in Right if right.value.endswith(":write")}
    assert rights_of_role(UserRole.VIEWER) & writing == set()
    assert rights_of_role(UserRole.ANALYST) & writing == {Right.EXPORTS_WRITE}


@pytest.mark.parametrize("role", UserRole)
def test_who_sees_some_clients_manages_no_organization(role: UserRole) -> None:
    """A restricted person can't reach beyond their clients through accounts, keys or the log."""
    assert rights_of_role(role, is_restricted=True) & ORGANIZATION_WIDE == set()


def test_a_key_with_all_is_an_admin_and_never_an_owner() -> None:
    """No key can make or remove an owner, whatever its scopes say."""
    assert rights_of_scopes(["all"]) == rights_of_role(UserRole.ADMIN)
    assert Right.OWNERS_WRITE not in rights_of_scopes([*KEY_SCOPES, "owners:write"])


def test_scopes_that_are_unknown_give_nothing() -> None:
    """A key from a later release does not become more powerful here."""
    assert rights_of_scopes(["orders:read", "moon:walk"]) == {Right.ORDERS_READ}
    assert rights_of_scopes(["users:write"], is_restricted=True) == set()
