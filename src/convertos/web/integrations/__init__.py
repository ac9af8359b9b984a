"""Stores that are connected by their keys: a form for each platform, and one page for each store."""

from convertos.web.integrations import proof, shopify, store, woocommerce

ROUTERS = (shopify.router, woocommerce.router, store.router, proof.router)
