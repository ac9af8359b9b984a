"""Stores that are connected by their keys: a form for each platform, and one page for each store."""

from convertos.web.integrations import shopify, store, woocommerce

ROUTERS = (shopify.router, woocommerce.router, store.router)
