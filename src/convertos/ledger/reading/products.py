"""Products as people and programs read them."""

from collections.abc import Sequence
from uuid import UUID

from convertos.core.database import Transaction
from convertos.core.errors import NotFoundError
from convertos.core.pagination import Page
from convertos.ledger.reading.model import Product, ProductFilters
from convertos.ledger.reading.pages import read_page
from convertos.ledger.store import product_lists as store
from convertos.ledger.store.listing import find_rows


async def list_products(
    transaction: Transaction, filters: ProductFilters | None = None, *, limit: int, cursor: str | None = None
) -> Page[Product]:
    """A page of the products of all clients in the transaction's scope, sorted by name, with variants.

    Raises:
        InvalidError: the cursor is none of this list.
    """
    conditions = store.conditions(filters or ProductFilters())
    page = await read_page(
        transaction, Product, store.PRODUCTS, conditions, store.SORT, limit=limit, cursor=cursor
    )
    await _add_variants(transaction, page.items)
    return page


async def read_product(transaction: Transaction, product_id: UUID) -> Product:
    """One product with its variants, also a deleted one.

    Raises:
        NotFoundError: there is none in the scope.
    """
    found = await find_rows(transaction, Product, store.PRODUCTS, [product_id])
    if not found:
        raise NotFoundError("There is no such product.")
    await _add_variants(transaction, found)
    return found[0]


async def _add_variants(transaction: Transaction, products: Sequence[Product]) -> None:
    if not products:
        return
    by_key = {(product.store_id, product.external_id): product for product in products}
    for product in products:
        product.variants = []
    for variant in await store.variants_of(transaction, products):
        by_key[variant.store_id, variant.product_external_id].variants.append(variant)
