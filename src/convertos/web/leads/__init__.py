"""Forms that people filled in: the list, and each with what brought the person."""

from convertos.web.leads import detail, listing

ROUTERS = (listing.router, detail.router)
