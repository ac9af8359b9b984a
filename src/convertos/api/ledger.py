"""What the lists of the ledger share: how they are searched, and the source that earned something."""

from decimal import Decimal
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, Field

from convertos.api.analytics import Day
from convertos.api.contract import Shape
from convertos.records import Source, format_amount


def _worth_looking_for(text: str) -> str | None:
    return text.strip() or None


Search = Annotated[str | None, AfterValidator(lambda text: text and _worth_looking_for(text))]
SourceName = Annotated[
    str | None,
    Query(max_length=300, description="Only what this source brought.", examples=["facebook"]),
]
FirstDay = Annotated[Day | None, Query(alias="from", description="First day, in the client's time zone.")]
LastDay = Annotated[Day | None, Query(alias="to", description="Last day, included.")]
IncludeDeleted = Annotated[
    bool, Query(alias="includeDeleted", description="Also what was deleted in its shop.")
]

Money = Annotated[str, Field(description="Decimal, in `currency`.", examples=["85.90"])]


class SourceShape(Shape):
    """Where somebody came from."""

    source: Annotated[str, Field(examples=["facebook"])]
    medium: Annotated[str, Field(examples=["cpc"])]
    campaign: str
    channel: Annotated[str, Field(examples=["Paid Social"])]
    method: Annotated[str, Field(description="The evidence that decided.", examples=["utm"])]


def source_shape(source: Source | None) -> SourceShape | None:
    """A source as it is shown; `None` for what is not known."""
    return None if source is None else SourceShape.model_validate(source)


def money(amount: Decimal | None, currency: str | None) -> str | None:
    """An amount as it is shown; one without a currency as it is."""
    if amount is None:
        return None
    return format_amount(amount, currency) if currency else f"{amount:f}"
