"""Which platforms there are."""

from functools import cache

from convertos.platforms.contract import Platform
from convertos.platforms.remote import StorePlatform
from convertos.platforms.shopify import Shopify, ShopifyStores
from convertos.platforms.woocommerce import WooCommerce, WooCommerceStores
from convertos.platforms.wordpress import WordPress


@cache
def all_platforms() -> dict[str, Platform]:
    """Every platform by its connection type."""
    platforms: tuple[Platform, ...] = (WordPress(), WooCommerce(), Shopify())
    return {platform.name: platform for platform in platforms}


def platform_of(connection_type: str) -> Platform | None:
    """The platform of a connection type; `None` for types that receive no deliveries."""
    return all_platforms().get(connection_type)


@cache
def all_store_platforms() -> dict[str, StorePlatform]:
    """Every platform whose stores we can go to, by its connection type."""
    platforms: tuple[StorePlatform, ...] = (WooCommerceStores(), ShopifyStores())
    return {platform.name: platform for platform in platforms}


def store_platform_of(connection_type: str) -> StorePlatform | None:
    """The platform of a connection type; `None` for types whose stores only come to us."""
    return all_store_platforms().get(connection_type)
