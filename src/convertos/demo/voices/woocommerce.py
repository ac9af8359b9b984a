"""The voice of a WooCommerce shop's own webhooks: orders, customers with an account, products.

Source: the recordings in tests/fixtures/woocommerce/webhooks, WooCommerce 10.9.1.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from convertos.demo.brand import Brand
from convertos.demo.happenings import (
    AccountMade,
    Change,
    Happening,
    Item,
    OrderChanged,
    ProductListed,
)
from convertos.demo.voices.told import Told, arrives, money, php_json
from convertos.demo.voices.woocommerce_order import order_body

_METHODS = {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]}


class WooCommerceVoice:
    """Tells of every change of an order, and of what the shop sells and to whom."""

    type = "woocommerce"
    connection_name = "WooCommerce webhooks"

    def __init__(self, brand: Brand) -> None:
        self._brand = brand
        self._zone = ZoneInfo(brand.timezone)

    def tell(self, happening: Happening) -> Iterator[Told]:
        """The deliveries of a happening."""
        if isinstance(happening, OrderChanged):
            order = happening.order
            topic = "order.created" if happening.change is Change.PLACED else "order.updated"
            yield self._told(happening.at, order.number, topic, order_body(self._brand, self._zone, order))
        elif isinstance(happening, AccountMade):
            yield self._told(happening.at, happening.account, "customer.created", self._customer(happening))
        elif isinstance(happening, ProductListed):
            topic = "product.created" if happening.is_new else "product.updated"
            for number, body in self._products(happening):
                yield self._told(happening.at, number, topic, body)

    def _told(self, at: datetime, number: int, topic: str, body: dict[str, Any]) -> Told:
        return Told(self.type, arrives(at, number), topic, php_json(body))

    def _dates(self, name: str, at: datetime) -> dict[str, str]:
        return {
            name: at.astimezone(self._zone).strftime("%Y-%m-%dT%H:%M:%S"),
            f"{name}_gmt": at.strftime("%Y-%m-%dT%H:%M:%S"),
        }

    def _link(self, collection: str, number: int) -> dict[str, Any]:
        address = f"{self._brand.address}/wp-json/wc/v3/{collection}"
        return {
            "self": [{"href": f"{address}/{number}", "targetHints": _METHODS}],
            "collection": [{"href": address}],
        }

    def _customer(self, happening: AccountMade) -> dict[str, Any]:
        person = happening.person
        shipping = {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "company": "",
            "address_1": person.street,
            "address_2": "",
            "city": person.city,
            "postcode": person.postcode,
            "country": person.country,
            "state": person.state,
        }
        return {
            "id": happening.account,
            **self._dates("date_created", happening.at),
            **self._dates("date_modified", happening.at),
            "email": person.email,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "role": "customer",
            "username": person.email.partition("@")[0],
            "billing": {**shipping, "email": person.email, "phone": person.phone or ""},
            "shipping": {**shipping, "phone": ""},
            "is_paying_customer": False,
            "avatar_url": f"{self._brand.address}/avatar.png",
            "meta_data": [],
            "_links": self._link("customers", happening.account),
        }

    def _products(self, happening: ProductListed) -> Iterator[tuple[int, dict[str, Any]]]:
        product, items = happening.product, happening.items
        variations = [item for item in items if item.variant_number]
        cheapest = min(items, key=lambda item: item.price)
        number = cheapest.number
        yield (
            number,
            {
                **self._product(happening, number, product.name, product.sku, cheapest),
                "type": "variable" if variations else "simple",
                "parent_id": 0,
                "categories": [{"id": 15, "name": product.category, "slug": product.category.lower()}],
                "tags": [{"id": 30, "name": tag, "slug": tag.replace(" ", "-")} for tag in product.tags],
                "variations": [item.variant_number for item in variations],
                "_links": self._link("products", number),
            },
        )
        for item in variations:
            yield item.variant_number, self._variation(happening, item)

    def _variation(self, happening: ProductListed, item: Item) -> dict[str, Any]:
        up = f"{self._brand.address}/wp-json/wc/v3/products/{item.number}"
        option = {"id": 0, "name": item.option, "slug": item.option.lower(), "option": item.variant}
        return {
            **self._product(happening, item.variant_number, item.name, item.sku, item),
            "type": "variation",
            "parent_id": item.number,
            "attributes": [option],
            "_links": {**self._link("products", item.variant_number), "up": [{"href": up}]},
        }

    def _product(
        self, happening: ProductListed, number: int, name: str, sku: str, priced: Item
    ) -> dict[str, Any]:
        slug = sku.lower()
        price = money(priced.price)
        shown = f"{price.replace('.', ',')}&nbsp;{self._brand.currency_symbol}"
        return {
            "id": number,
            "name": name,
            "slug": slug,
            "permalink": f"{self._brand.address}/produkt/{slug}/",
            **self._dates("date_created", happening.listed_at),
            **self._dates("date_modified", happening.at),
            "type": "simple",
            "status": "publish",
            "featured": False,
            "catalog_visibility": "visible",
            "description": "",
            "short_description": "",
            "sku": sku,
            "price": price,
            "regular_price": price,
            "sale_price": "",
            "date_on_sale_from": None,
            "date_on_sale_from_gmt": None,
            "date_on_sale_to": None,
            "date_on_sale_to_gmt": None,
            "on_sale": False,
            "purchasable": True,
            "total_sales": 0,
            "virtual": False,
            "downloadable": False,
            "downloads": [],
            "download_limit": -1,
            "download_expiry": -1,
            "external_url": "",
            "button_text": "",
            "tax_status": "taxable",
            "tax_class": "",
            "manage_stock": False,
            "stock_quantity": None,
            "backorders": "no",
            "backorders_allowed": False,
            "backordered": False,
            "low_stock_amount": None,
            "sold_individually": False,
            "weight": "",
            "dimensions": {"length": "", "width": "", "height": ""},
            "shipping_required": True,
            "shipping_taxable": True,
            "shipping_class": "",
            "shipping_class_id": 0,
            "reviews_allowed": True,
            "average_rating": "0.00",
            "rating_count": 0,
            "upsell_ids": [],
            "cross_sell_ids": [],
            "parent_id": 0,
            "purchase_note": "",
            "categories": [],
            "brands": [],
            "tags": [],
            "images": [],
            "attributes": [],
            "default_attributes": [],
            "variations": [],
            "grouped_products": [],
            "menu_order": 0,
            "price_html": f'<span class="woocommerce-Price-amount amount"><bdi>{shown}</bdi></span>',
            "related_ids": [],
            "meta_data": [],
            "stock_status": "instock",
            "has_options": False,
            "post_password": "",
            "global_unique_id": "",
            "_links": {},
        }
