"""Where data comes from: cards, a wizard for new ones, and each with its events."""

from convertos.web.connections import changes, detail, events, listing, wizard

ROUTERS = (listing.router, wizard.router, detail.router, changes.router, events.router)
