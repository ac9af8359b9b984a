"""`/api/products`: what the shops sell."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from convertos.api.contract import Answer, Instant, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import NarrowedWork, Paging, Work, may
from convertos.api.ledger import IncludeDeleted, Search, money
from convertos.ledger.reading import products as ledger
from convertos.ledger.reading.model import Product, ProductFilters
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/products", "Products")

Reader = Annotated[Caller, may(Right.ORDERS_READ)]


class VariantShape(Shape):
    """One form in which a product is sold."""

    external_id: str
    sku: str | None
    name: str | None
    price: str | None


class ProductShape(Shape):
    """A product."""

    id: UUID
    client_id: UUID
    platform: str
    store_domain: str
    external_id: Annotated[str, Field(description="The shop's own id.")]
    sku: str | None
    name: str
    status: Annotated[str, Field(description="The platform's own word.", examples=["publish"])]
    price: Annotated[str | None, Field(description="Decimal, in `currency`.")]
    currency: str | None
    categories: list[str]
    tags: list[str]
    variants: list[VariantShape]
    metadata: dict[str, Any]
    modified_at: Instant
    deleted: bool


class ProductAnswer(Answer):
    """One product."""

    product: ProductShape


class ProductsAnswer(PageAnswer):
    """Some products."""

    products: list[ProductShape]


def _shape(product: Product) -> ProductShape:
    same = (
        "client_id", "platform", "store_domain", "external_id", "sku", "name", "status", "currency",
        "categories", "tags", "metadata", "modified_at",
    )  # fmt: skip
    return ProductShape(
        id=product.product_id,
        price=money(product.price, product.currency),
        deleted=product.is_deleted,
        variants=[
            VariantShape(
                external_id=variant.external_id,
                sku=variant.sku,
                name=variant.name,
                price=money(variant.price, product.currency),
            )
            for variant in product.variants
        ],
        **{name: getattr(product, name) for name in same},
    )


@router.get("")
async def list_products(
    _: Reader,
    work: NarrowedWork,
    paging: Paging,
    *,
    status: Annotated[str | None, Query(max_length=100, description="In the platform's word.")] = None,
    external_id: Annotated[
        str | None, Query(alias="externalId", max_length=200, description="The shop's own id.")
    ] = None,
    search: Annotated[Search, Query(max_length=200, description="A part of a name, or a whole SKU.")] = None,
    include_deleted: IncludeDeleted = False,
) -> ProductsAnswer:
    """List products with their variants, sorted by name."""
    filters = ProductFilters(
        status=status, external_id=external_id, search=search, includes_deleted=include_deleted
    )
    page = await ledger.list_products(work, filters, limit=paging.limit, cursor=paging.cursor)
    products = [_shape(product) for product in page.items]
    return ProductsAnswer(products=products, next_cursor=page.next_cursor)


@router.get("/{product_id}")
async def read_product(product_id: UUID, _: Reader, work: Work) -> ProductAnswer:
    """Read one product, also a deleted one."""
    return ProductAnswer(product=_shape(await ledger.read_product(work, product_id)))
