"""The shapes of the contract: camelCase out, both spellings in, times in UTC, one envelope.

Source: api.md, "Envelope and errors".
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasGenerator,
    BaseModel,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
)
from pydantic.alias_generators import to_camel


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _printable(text: str) -> str:
    if any(not (character.isprintable() or character == " ") for character in text):
        raise ValueError("Control characters are not allowed here.")
    return text


Instant = Annotated[datetime, PlainSerializer(_utc, return_type=str)]
"""A time: RFC 3339 in UTC with `Z`."""

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
]
"""One line of text that people gave: a name, a label."""


class Shape(BaseModel):
    """An object of the contract."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        from_attributes=True,
    )


class SnakeShape(BaseModel):
    """An object of the contract's section that speaks snake_case; camelCase is taken as well."""

    model_config = ConfigDict(
        alias_generator=AliasGenerator(
            validation_alias=lambda name: AliasChoices(name, to_camel(name)),
            serialization_alias=str,
        ),
        validate_by_name=True,
        validate_by_alias=True,
        from_attributes=True,
    )


class Answer(Shape):
    """A success; subclasses add the resource under its own name."""

    success: Literal[True] = True


class PageAnswer(Answer):
    """A part of a list; `nextCursor` is null at the end."""

    next_cursor: str | None
