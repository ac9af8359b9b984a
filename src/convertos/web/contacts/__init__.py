"""People: the list, and each with everything that they did."""

from convertos.web.contacts import detail, listing, merging

ROUTERS = (listing.router, detail.router, merging.router)
