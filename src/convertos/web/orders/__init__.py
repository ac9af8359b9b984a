"""What was sold: the list, and each order with what earned it."""

from convertos.web.orders import detail, listing

ROUTERS = (listing.router, detail.router)
