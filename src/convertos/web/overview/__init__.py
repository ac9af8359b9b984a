"""The first page: was it good, and why."""

from convertos.web.overview.page import router

__all__ = ["router"]
