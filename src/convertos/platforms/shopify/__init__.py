"""Shopify: its webhooks and its Admin API.

In:    signed deliveries of the REST-shaped objects, and objects that were asked for by GraphQL.
Out:   the same records for both: an object that comes on both ways is one.
Next:  `ingest` keeps deliveries, `ledger` applies records.
Never: a tenant taken from a header: no header of Shopify is signed.
"""

from convertos.platforms.shopify.platform import Shopify
from convertos.platforms.shopify.store import ShopifyStores

__all__ = ["Shopify", "ShopifyStores"]
