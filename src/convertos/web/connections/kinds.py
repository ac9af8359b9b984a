"""What can be connected, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One type of connection.

    Attributes:
        topics: what to register webhooks for, where that is done by hand.
        asks_for: the secret that its sender makes, in words; empty where we make it.
        path: where it is connected, if not by hand.
    """

    type: str
    label: str
    icon: str
    text: str
    domain_label: str
    topics: Sequence[str] = ()
    asks_for: str = ""
    path: str = ""


KINDS: Mapping[str, Kind] = {
    kind.type: kind
    for kind in (
        Kind(
            type="wordpress",
            label="WordPress plugin",
            icon="brand-wordpress",
            text="Forms, visits and orders of a WordPress site, in one paste. The best choice for WooCommerce, too.",
            domain_label="The site's domain",
        ),
        Kind(
            type="woocommerce",
            label="WooCommerce",
            icon="building-store",
            text="Orders, customers and products of a shop that can't have the plugin, its whole history included.",
            path="/dashboard/integrations/woocommerce/configure",
            domain_label="The shop's domain",
            topics=(
                "Order created",
                "Order updated",
                "Order deleted",
                "Order restored",
                "Customer created",
                "Customer updated",
                "Product created",
                "Product updated",
            ),
        ),
        Kind(
            type="shopify",
            label="Shopify",
            icon="shopping-bag",
            text="Orders, refunds, customers and products of a Shopify store, its whole history included.",
            path="/dashboard/integrations/shopify",
            domain_label="The shop's .myshopify.com domain",
            topics=(
                "orders/create",
                "orders/updated",
                "orders/delete",
                "refunds/create",
                "customers/create",
                "customers/update",
                "products/create",
                "products/update",
            ),
            asks_for="Client secret of the shop's app",
        ),
    )
}


def kind_of(connection_type: str) -> Kind:
    """A type in words, also one that this release can't make by hand."""
    known = KINDS.get(connection_type)
    return known or Kind(
        type=connection_type,
        label=connection_type.replace("_", " ").capitalize(),
        icon="plug-connected",
        text="",
        domain_label="Domain",
    )
