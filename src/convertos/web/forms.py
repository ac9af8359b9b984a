"""What a person filled in: read within bounds, checked to come from our own page, shown again with its errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hmac import compare_digest
from typing import Self
from urllib.parse import parse_qsl

from fastapi import Request

from convertos.core.errors import ConflictError, ConvertOSError, ForbiddenError, InvalidError
from convertos.core.http import BodyTooLargeError, ClientGoneError, is_same_origin, read_body

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "x-csrf-token"
LARGEST_FORM = 256 * 1024
_MOST_FIELDS = 1000
_LONGEST_LINE = 200
_MEDIA_TYPE = "application/x-www-form-urlencoded"

Refusal = InvalidError | ConflictError | ForbiddenError
"""What a form is shown again for, with the reason beside its field or above it."""
REFUSALS = (InvalidError, ConflictError, ForbiddenError)


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was sent, or one that is yet to be filled in.

    Attributes:
        pairs: names and values in their order.
        errors: by field, what is wrong with it.
        problem: what is wrong with all of it.
    """

    pairs: Sequence[tuple[str, str]] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None

    @property
    def values(self) -> Mapping[str, str]:
        """By field, the last value given."""
        return dict(self.pairs)

    def text(self, name: str) -> str:
        """A field without the blanks around it; empty where it was not sent."""
        return self.values.get(name, "").strip()

    def optional(self, name: str) -> str | None:
        """A field, or `None` where it was left empty."""
        return self.text(name) or None

    def line(self, name: str, what: str) -> str:
        """One line of text that names something.

        Args:
            what: what it names, for the refusal.

        Raises:
            InvalidError: it is empty, too long, or holds control characters.
        """
        text = self.text(name)
        if not text or len(text) > _LONGEST_LINE or not text.isprintable():
            raise InvalidError.field(name, f"Give {what} of 1 to {_LONGEST_LINE} characters.")
        return text

    def secret(self, name: str) -> str:
        """A field as it was typed."""
        return self.values.get(name, "")

    def all(self, name: str) -> list[str]:
        """Every value of a field that may be chosen several times."""
        return [value for key, value in self.pairs if key == name]

    def lines(self, name: str) -> list[str]:
        """A field with one thing on each line."""
        return [line.strip() for line in self.values.get(name, "").splitlines() if line.strip()]

    def is_on(self, name: str) -> bool:
        """Whether a box was ticked."""
        return name in self.values

    def refused(self, error: ConvertOSError) -> Self:
        """The same form with what a domain said about it."""
        fields = error.fields if isinstance(error, InvalidError) else ()
        errors = {each.field: each.message for each in fields}
        return replace(
            self, errors=errors, problem=None if errors.keys() & self.values.keys() else error.message
        )


async def read_form(request: Request) -> Form:
    """The form that a request sends.

    Raises:
        InvalidError: it is no form, too large, or holds what can't be stored.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise InvalidError("This page takes forms only.")
    try:
        body = await read_body(request.scope, request.receive, LARGEST_FORM)
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except BodyTooLargeError:
        raise InvalidError(f"The form is larger than {LARGEST_FORM} bytes.") from None
    except (ClientGoneError, UnicodeDecodeError, ValueError):
        raise InvalidError("The form can't be read.") from None
    if any("\x00" in value for _, value in pairs):
        raise InvalidError("A text may not hold the character U+0000.")
    return Form(pairs)


def demand_own_page(request: Request, base_url: str) -> None:
    """Refuse what another site made a browser send.

    Raises:
        ForbiddenError: it was not sent from one of our pages.
    """
    if not is_same_origin(request.headers, base_url):
        raise ForbiddenError("This was not sent from a page of ConvertOS.", code="csrf_failed")


def demand_token(request: Request, form: Form, csrf_token: str) -> None:
    """Refuse a form without its session's token.

    Raises:
        ForbiddenError: the token is missing, or another session's.
    """
    given = form.secret(CSRF_FIELD) or request.headers.get(CSRF_HEADER, "")
    if not compare_digest(given.encode(), csrf_token.encode()):
        raise ForbiddenError(
            "This form is out of date. Go back, reload the page and send it again.", code="csrf_failed"
        )
