"""What the brand sells, at the prices of the day, and what people put into their carts."""

from datetime import datetime

from convertos.demo.brand import Product
from convertos.demo.chance import Weighted
from convertos.demo.happenings import Item, ProductListed
from convertos.demo.scene import Scene

Basket = tuple[tuple[Item, int], ...]
_ROUND_TO = 10
"""Prices end in a full ten cents after a rise."""


class Catalog:
    """The price list."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._items = {
            product.sku: tuple(_items(scene, product)) for product in sorted_products(scene.brand.products)
        }
        self._products = Weighted(
            [(product, product.popularity) for product in sorted_products(scene.brand.products)]
        )
        trade = scene.brand.trade
        self._lines = Weighted(list(enumerate(trade.lines, start=1)))
        self._quantities = Weighted(list(enumerate(trade.quantities, start=1)))

    def list_all(self, at: datetime, *, is_new: bool) -> None:
        """Tell of every product."""
        for product in sorted_products(self._scene.brand.products):
            self._scene.tell(
                ProductListed(
                    at=at,
                    product=product,
                    items=self._items[product.sku],
                    is_new=is_new,
                    listed_at=self._scene.starts_at(self._scene.starts_on),
                )
            )

    def raise_prices(self, at: datetime, percent: int) -> None:
        """Sell everything for more from now on, and tell."""
        for sku, items in self._items.items():
            self._items[sku] = tuple(_dearer(item, percent) for item in items)
        self.list_all(at, is_new=False)

    def fill_basket(self) -> Basket:
        """What somebody buys: mostly one or two things."""
        chance = self._scene.chance
        basket: dict[str, tuple[Item, int]] = {}
        for _ in range(chance.pick(self._lines)):
            item = chance.one_of(self._items[chance.pick(self._products).sku])
            basket[item.sku] = (item, chance.pick(self._quantities))
        return tuple(basket.values())


def sorted_products(products: tuple[Product, ...]) -> list[Product]:
    """Products in the order in which the shop numbered them."""
    return sorted(products, key=lambda product: product.sku)


def _items(scene: Scene, product: Product) -> list[Item]:
    number = scene.number("product")
    if not product.variants:
        return [_item(product, number, 0, "", product.price)]
    return [
        _item(product, number, scene.number("product"), variant, price)
        for variant, price in product.variants.items()
    ]


def _item(product: Product, number: int, variant_number: int, variant: str, price: int) -> Item:
    return Item(
        number=number,
        variant_number=variant_number,
        sku=f"{product.sku}-{variant.replace(' ', '').replace('/', '')}" if variant else product.sku,
        product_name=product.name,
        option=product.option,
        variant=variant,
        price=price,
    )


def _dearer(item: Item, percent: int) -> Item:
    raised = item.price * (100 + percent) // 100
    return Item(
        number=item.number,
        variant_number=item.variant_number,
        sku=item.sku,
        product_name=item.product_name,
        option=item.option,
        variant=item.variant,
        price=raised - raised % _ROUND_TO,
    )
