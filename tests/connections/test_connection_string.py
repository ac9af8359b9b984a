"""The one line that joins a site."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convertos.connections.connection_string import ConnectionString

TEXTS = st.text(max_size=80)


@given(
    st.builds(ConnectionString, url=TEXTS, connection_id=TEXTS, secret=TEXTS, api_key=TEXTS, update_key=TEXTS)
)
def test_what_goes_in_comes_out(content: ConnectionString) -> None:
    """A pasted line gives back what it was made of, and is one word that a double click selects."""
    line = content.encode()
    assert ConnectionString.decode(f"  {line}\n") == content
    assert line.replace("_", "").replace("-", "").isalnum()


@given(cut=st.integers(min_value=1, max_value=60))
def test_half_a_paste_is_noticed(cut: int) -> None:
    """A line that lost its end, or one character, is refused."""
    line = ConnectionString(
        url="https://convertos.example", connection_id="wp_1", secret="s", api_key="k", update_key="u"
    ).encode()
    for broken in (line[:-cut], line[cut:], line[: len(line) // 2] + line[len(line) // 2 + 1 :], ""):
        with pytest.raises(ValueError, match="not a whole connection string"):
            ConnectionString.decode(broken)
