"""Colours that stand for something."""

from convertos.attribution.channel_groups import CHANNELS
from convertos.web.hues import GREY, SOURCES, hue_of, hues_of, label_of


def test_one_colour_everywhere() -> None:
    """The first eight sources and channels that earn something are told apart; what nobody earned is grey."""
    earning = [name for name in CHANNELS if name not in {"Direct", "Unassigned"}]
    assert len({hue_of(name) for name in SOURCES[:8]}) == 8
    assert len({hue_of(name) for name in earning[:8]}) == 8
    assert {hue_of(name) for name in ("Direct", "Unassigned", "(direct)", "(none)", "")} == {GREY}


def test_unlisted_names_keep_theirs() -> None:
    """A name that nobody listed has a colour too, and it does not depend on what stands beside it."""
    assert hue_of("my-own-newsletter") == hue_of("My-Own-Newsletter")
    assert hue_of("my-own-newsletter").startswith("hue-")


def test_drawn_together() -> None:
    """Sources of one chart are told apart even where nobody listed them; listed ones keep their own."""
    together = hues_of(["facebook", "google", "a.example", "b.example", "c.example", "d.example"])
    assert len(set(together.values())) == 6
    assert (together["facebook"], together["google"]) == (hue_of("facebook"), hue_of("google"))
    assert hues_of(["facebook"] + [f"{n}.example" for n in range(20)])["19.example"].startswith("hue-")


def test_labels() -> None:
    """Sources are written as people write them."""
    assert [label_of(name) for name in ("facebook", "(direct)", "shop.example")] == [
        "Facebook",
        "Direct",
        "shop.example",
    ]
