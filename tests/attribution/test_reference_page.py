"""The reference page says what the code does."""

from pathlib import Path

from convertos.attribution import CHANNELS, MODELS
from convertos.attribution.channel import CAMPAIGN_ONLY, METHODS, NO_EVIDENCE
from convertos.attribution.channel_groups import RULES
from convertos.attribution.source_tables import click_ids

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "attribution.md").read_text(encoding="utf-8")


def test_every_rule_is_documented() -> None:
    """Whoever reads the name of a rule in an explanation finds it on the page, in the order of the code."""
    lines = [
        f"| `{rule.name}` | {rule.channel} | {rule.when} |".replace("]|^)", "]\\|^)").replace(
            "shop|s", "shop\\|s"
        )
        for rule in RULES
    ]
    assert "\n".join(lines) in PAGE


def test_every_click_id_is_documented() -> None:
    """What a click id proves can be read, in the order in which they count."""
    lines = [
        f"| `{parameter}` | {click.source} | {click.medium} |" for parameter, click in click_ids().items()
    ]
    assert "\n".join(lines) in PAGE


def test_every_word_is_documented() -> None:
    """Channels, methods, models and the rules without a channel rule are on the page."""
    words = [*CHANNELS, *METHODS, *MODELS, CAMPAIGN_ONLY, NO_EVIDENCE]
    assert [word for word in words if word not in PAGE] == []
