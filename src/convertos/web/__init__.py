"""Pages: rendered on the server, live where it helps, below `/dashboard`.

In:    requests of a person's session.
Out:   HTML, with no file from elsewhere.
Next:  a browser.
Never: SQL, a store, or a rule of business.
"""

from convertos.web.pages import add_pages

__all__ = ["add_pages"]
