"""Under which database roles the house's parts work, and where each connects."""

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from convertos.core.settings import Settings


class Role(StrEnum):
    """A database role; what each may do is granted in the migrations.

    `OWNER` migrates and is used for nothing else. `APP` serves people and programs, inside row-level
    security. `AUTH` finds out who is calling, before a tenant is known. `INGEST` writes receipts and can't
    read them. `WORKER` processes for all tenants.
    """

    OWNER = "owner"
    APP = "app"
    AUTH = "auth"
    INGEST = "ingest"
    WORKER = "worker"


LOGIN_ROLES = (Role.APP, Role.AUTH, Role.INGEST, Role.WORKER)


@dataclass(frozen=True, slots=True)
class DatabaseAccess:
    """Connection strings of the roles.

    Attributes:
        creates_roles: whether `migrate` makes the login roles (else they were given and exist).
    """

    conninfo: dict[Role, str]
    creates_roles: bool

    def user(self, role: Role) -> str:
        """The name of the role in the database."""
        return str(conninfo_to_dict(self.conninfo[role])["user"])

    def password(self, role: Role) -> str:
        """The password of the role."""
        return str(conninfo_to_dict(self.conninfo[role]).get("password") or "")

    @classmethod
    def derived(cls, owner_conninfo: str, key: bytes, prefix: str = "convertos") -> "DatabaseAccess":
        """The owner's connection string for all roles, with names and passwords of their own.

        Args:
            key: the master key; passwords are derived from it, so that no second secret must be kept.
            prefix: the start of the roles' names; roles belong to the whole server, not to one database.
        """
        conninfo = {Role.OWNER: owner_conninfo}
        for role in LOGIN_ROLES:
            name = f"{prefix}_{role}"
            password = hmac.digest(key, f"database role {name}".encode(), hashlib.sha256).hex()
            conninfo[role] = make_conninfo(owner_conninfo, user=name, password=password)
        return cls(conninfo, creates_roles=True)

    @classmethod
    def from_settings(cls, settings: Settings, owner_conninfo: str, key: bytes) -> "DatabaseAccess":
        """The roles' own URLs where they are given, else derived ones."""
        given = {
            Role.APP: settings.app_database_url,
            Role.AUTH: settings.auth_database_url,
            Role.INGEST: settings.ingest_database_url,
            Role.WORKER: settings.worker_database_url,
        }
        if not any(given.values()):
            return cls.derived(owner_conninfo, key)
        conninfo = {role: url.get_secret_value() for role, url in given.items() if url is not None}
        return cls({Role.OWNER: owner_conninfo, **conninfo}, creates_roles=False)
