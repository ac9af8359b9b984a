"""The words of the two platforms: every field that a mapping may look at."""

import re

EVENT_TYPES = [
    "lead.created",
    "order.created",
    "order.paid",
    "order.refunded",
    "order.updated",
    "order.cancelled",
    "checkout.started",
    "checkout.abandoned",
    "checkout.completed",
    "touch.recorded",
    "customer.registered",
    "product.updated",
    "test",
]
"""Every type of the contract."""

TOPICS = [
    f"{thing}.{change}"
    for thing in ("customer", "order", "product", "coupon")
    for change in ("created", "updated", "deleted", "restored")
]
"""Every topic of the contract."""

EVENT_FIELDS = re.findall(
    r"\w+",
    """
    email customer_email name first_name last_name phone visitor_id customer_id user_id country consent
    utm_source utm_medium utm_campaign utm_term utm_content utm_id gclid fbclid msclkid ttclid origin_source
    origin_medium referrer landing_page page_url user_agent touches form_plugin form_id form_name fields
    order_number status total subtotal discount_total shipping_total tax_total currency payment_method
    created_at paid_at modified_at registered_at items refund refunds test role funnel_id step_id sku price
    categories tags variants metadata parent_id order_id product_id checkout_token
    """,
)
"""Members of an event's data."""

OBJECT_FIELDS = re.findall(
    r"\w+",
    """
    number status currency total discount_total shipping_total total_tax payment_method date_created_gmt
    date_modified_gmt date_paid_gmt billing shipping line_items refunds meta_data coupon_lines fee_lines
    tax_lines shipping_lines customer_id email first_name last_name role name sku price type parent_id
    categories tags permalink slug code message data
    """,
)
"""Members of WooCommerce's orders, customers and products."""
