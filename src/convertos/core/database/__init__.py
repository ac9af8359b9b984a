"""PostgreSQL as the house uses it: pools by role, transactions with a tenant scope, migrations.

In:    settings, or addresses of the four roles.
Out:   `Database.transaction(scope)`, the only place where anything is committed.
Next:  every `store.py`.
Never: SQL of a domain.
"""

from convertos.core.database.access import DatabaseAccess, Role
from convertos.core.database.database import Database
from convertos.core.database.faults import DatabaseError, explained
from convertos.core.database.frozen import end_frozen
from convertos.core.database.migrate import MigrationError, migrate, pending_migrations
from convertos.core.database.scope import EVERY_TENANT, TenantScope
from convertos.core.database.transaction import Transaction

__all__ = [
    "EVERY_TENANT",
    "Database",
    "DatabaseAccess",
    "DatabaseError",
    "MigrationError",
    "Role",
    "TenantScope",
    "Transaction",
    "end_frozen",
    "explained",
    "migrate",
    "pending_migrations",
]
