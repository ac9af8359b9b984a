"""WordPress: events that our own plugin (or anybody's script) sends.

In:    `POST /api/webhooks/wordpress`, one event or a batch, signed with the connection's secret.
Out:   deliveries by event id; leads, orders, checkouts, customers, products, touches.
Next:  `ingest` keeps them, `ledger` applies the records.
Never: another platform's words; WooCommerce's own webhooks are its neighbour's.
"""

from convertos.platforms.wordpress.platform import WordPress

__all__ = ["WordPress"]
