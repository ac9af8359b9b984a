"""People: the list, and each with everything that they did."""

from convertos.web.contacts import detail, listing

ROUTERS = (listing.router, detail.router)
