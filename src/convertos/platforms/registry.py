"""Which platforms there are."""

from functools import cache

from convertos.platforms.contract import Platform
from convertos.platforms.woocommerce import WooCommerce
from convertos.platforms.wordpress import WordPress


@cache
def all_platforms() -> dict[str, Platform]:
    """Every platform by its connection type."""
    platforms: tuple[Platform, ...] = (WordPress(), WooCommerce())
    return {platform.name: platform for platform in platforms}


def platform_of(connection_type: str) -> Platform | None:
    """The platform of a connection type; `None` for types that receive no deliveries."""
    return all_platforms().get(connection_type)
