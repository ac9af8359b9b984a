"""SQL that reads products for people and programs."""

from collections.abc import Sequence

from convertos.core.database import Transaction
from convertos.ledger.reading.model import Product, ProductFilters, Variant
from convertos.ledger.store.listing import Condition, Listing, Sort, equals

PRODUCTS = Listing(
    table="products",
    id_column="product_id",
    columns="""t.client_id, t.product_id, t.store_id, s.platform, s.domain AS store_domain, t.external_id, t.sku,
        t.name, t.status, t.price, t.currency, t.categories, t.tags, t.metadata, t.modified_at, t.is_deleted""",
    joins="JOIN stores s ON s.client_id = t.client_id AND s.store_id = t.store_id",
)
SORT = Sort("name", str, is_descending=False)


def conditions(filters: ProductFilters) -> list[Condition]:
    """The filters as conditions."""
    found = [*equals("status", filters.status), *equals("external_id", filters.external_id)]
    if not filters.includes_deleted:
        found.append(Condition("NOT t.is_deleted", {}))
    if filters.search is not None:
        found.append(
            Condition(
                "strpos(lower(t.name), %(text)s) > 0 OR lower(t.sku) = %(text)s",
                {"text": filters.search.strip().lower()},
            )
        )
    return found


async def variants_of(transaction: Transaction, products: Sequence[Product]) -> list[Variant]:
    """The variants of products that were not deleted, sorted by their number in the shop."""
    return await transaction.fetch(
        Variant,
        """
        SELECT store_id, product_external_id, external_id, sku, name, price FROM product_variants
        JOIN unnest(%s::uuid[], %s::uuid[], %s::text[]) AS k (client_id, store_id, product_external_id)
            USING (client_id, store_id, product_external_id)
        WHERE NOT is_deleted ORDER BY product_external_id, external_id
        """,
        (
            [product.client_id for product in products],
            [product.store_id for product in products],
            [product.external_id for product in products],
        ),
    )
