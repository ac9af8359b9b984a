"""WooCommerce: the shop's own webhooks, and objects of its REST API (both have the same shape).

In:    `POST /api/webhooks/woocommerce/...`, signed with the webhook's secret; answers of the REST API v3.
Out:   deliveries by (topic, id, modification, body); orders with refunds, customers, products, deletions.
Next:  `ingest` keeps them, `ledger` applies the records.
Never: another platform's words.
"""

from convertos.platforms.woocommerce.platform import WooCommerce
from convertos.platforms.woocommerce.store import WooCommerceStores

__all__ = ["WooCommerce", "WooCommerceStores"]
