"""Settings: one's own account, and the organization's clients, people, keys and audit log."""

from convertos.web.settings import audit, clients, keys, people, profile

ROUTERS = (profile.router, clients.router, people.router, keys.router, audit.router)

__all__ = ["ROUTERS"]
