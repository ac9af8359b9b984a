"""One spelling for each address and each number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convertos.core.addresses import normal_email
from convertos.ledger.identifiers import normal_phone


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Maria@Example.com", "maria@example.com"),
        ("  maria@example.com\n", "maria@example.com"),
        ("maria @example.com", "maria@example.com"),
        ("mailto:maria@example.com", "maria@example.com"),
        ("<maria@example.com>", "maria@example.com"),
        ("maria@example.com.", "maria@example.com"),
        ("maria@bücher.example", "maria@xn--bcher-kva.example"),
        ("MARIA@BÜCHER.EXAMPLE", "maria@xn--bcher-kva.example"),
        ("maria@bu\u0308cher.example", "maria@xn--bcher-kva.example"),
        ("maria@xn--bcher-kva.example", "maria@xn--bcher-kva.example"),
        ("maria@straße.example", "maria@xn--strae-oqa.example"),
        ("maria@strasse.example", "maria@strasse.example"),
        ("μαρία@παράδειγμα.ελ", "μαρία@xn--hxajbheg2az3al.xn--qxam"),
        ("jos\u00e9@example.com", "jos\u00e9@example.com"),
        ("JOSE\u0301@example.com", "jos\u00e9@example.com"),
        ("ｍａｒｉａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "maria@example.com"),
        # Dots tell mailboxes apart everywhere but at one provider.
        ("ma.ria@example.com", "ma.ria@example.com"),
        ("maria+shop@example.com", "maria+shop@example.com"),
    ],
)
def test_one_address_has_one_spelling(sent: str, kept: str) -> None:
    """Case, white space, composed letters and international domains make no second person."""
    assert normal_email(sent) == kept


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "",
        " ",
        "@",
        "maria",
        "maria@",
        "@example.com",
        "maria@localhost",
        "a@b@example.com",
        "maria@exa_mple.com",
        "x" * 250 + "@example.com",
        "maria@\u200b.example",
    ],
)
def test_what_is_no_address_tells_nobody(sent: str | None) -> None:
    """Two people with the same nonsense in the field are not joined by it."""
    assert normal_email(sent) is None


@given(st.text(max_size=80) | st.emails())
def test_a_spelling_stays(sent: str) -> None:
    """Whatever was sent, spelling it again changes nothing, and it fits into an index."""
    kept = normal_email(sent)
    if kept is not None:
        assert normal_email(kept) == kept
        assert len(kept.encode()) <= 1300


@pytest.mark.parametrize(
    ("sent", "regions", "kept"),
    [
        ("+30 210 123 4567", (), "+302101234567"),
        ("0030 210 1234567", ("GR",), "+302101234567"),
        ("210 123 4567", ("GR",), "+302101234567"),
        ("2101234567", ("gr",), "+302101234567"),
        ("210-123-4567", (None, "GR"), "+302101234567"),
        ("2101234567", ("XX", "GR"), "+302101234567"),
        ("2101234567", ("", "GR"), "+302101234567"),
        ("+44 (0)20 7946 0018", ("GR",), "+442079460018"),
        ("0412 345 678", ("AU",), "+61412345678"),
        ("2101234567", (), None),
        ("12", ("GR",), None),
        ("call me", ("GR",), None),
        ("+999 1234567", (), None),
        ("", ("GR",), None),
        (None, ("GR",), None),
    ],
)
def test_one_number_has_one_spelling(
    sent: str | None, regions: tuple[str | None, ...], kept: str | None
) -> None:
    """Written with or without its country code, with signs or without: one number."""
    assert normal_phone(sent, *regions) == kept


@given(st.text(max_size=60) | st.from_regex(r"\+?[0-9 ()/.-]{3,20}", fullmatch=True))
def test_a_number_stays(sent: str) -> None:
    """Spelling a number again changes nothing."""
    kept = normal_phone(sent, "GR")
    if kept is not None:
        assert normal_phone(kept) == kept
        assert len(kept) <= 18
