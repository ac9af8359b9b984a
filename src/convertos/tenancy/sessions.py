"""Browsers that are signed in."""

SESSION_COOKIE = "convertos_session"
"""The cookie that holds a session's token."""
