"""What a person filled in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convertos.core.errors import ConflictError, FieldError, InvalidError
from convertos.web.forms import Form


def test_values() -> None:
    """Blanks around a value are not meant; a password's are."""
    form = Form(
        [("name", "  Café  "), ("password", " x "), ("tag", "a"), ("tag", "b"), ("on", "on"), ("empty", " ")]
    )
    assert (form.text("name"), form.secret("password"), form.all("tag")) == ("Café", " x ", ["a", "b"])
    assert (form.is_on("on"), form.is_on("off"), form.optional("empty"), form.text("gone")) == (
        True,
        False,
        None,
        "",
    )


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\u0007b", "a\nb"])
def test_names(name: str) -> None:
    """A name is one line that can be read."""
    with pytest.raises(InvalidError):
        Form([("name", name)]).line("name", "a name")


@given(st.text(max_size=300))
def test_names_that_are_taken(name: str) -> None:
    """Whatever is taken as a name can be printed and is not longer than it may be."""
    try:
        taken = Form([("name", name)]).line("name", "a name")
    except InvalidError:
        return
    assert taken.isprintable()
    assert 1 <= len(taken) <= 200


def test_refusals() -> None:
    """A refusal stands beside the field it names, else above the form; what was typed stays."""
    form = Form([("email", "x")])
    beside = form.refused(InvalidError("Wrong.", FieldError("email", "This is no e-mail address.")))
    above = form.refused(ConflictError("Somebody has this already."))
    elsewhere = form.refused(InvalidError("Wrong.", FieldError("clientIds", "There is no such client.")))
    assert (beside.errors, beside.problem) == ({"email": "This is no e-mail address."}, None)
    assert (above.errors, above.problem) == ({}, "Somebody has this already.")
    assert elsewhere.problem == "Wrong."
    assert above.values == form.values
