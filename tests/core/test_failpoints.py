"""A process can be told to die at a step, and only where nobody depends on it."""

import pytest

from convertos.core.errors import ConfigurationError
from convertos.core.failpoints import Step, arm, reach
from convertos.core.settings import Settings


@pytest.mark.parametrize(
    "reachable",
    [
        {"public_url": "https://shop.example"},
        {"host": "0.0.0.0"},
        {"host": "192.0.2.7"},
        {"host": "box.example"},
    ],
)
def test_a_server_that_others_reach_refuses_to_start(reachable: dict[str, str]) -> None:
    """A forgotten variable can't take a real shop's door down."""
    settings = Settings(fail_at=Step.ANSWER_READY, **reachable)  # type: ignore[arg-type]  # of strings all
    with pytest.raises(ConfigurationError, match="tests on one machine"):
        arm(settings)


@pytest.mark.parametrize("order", ["no.such.step", "answer.ready:soon", ""])
def test_an_order_that_makes_no_sense_is_refused(order: str) -> None:
    """A misspelt step would be a test that tests nothing."""
    with pytest.raises(ConfigurationError, match=r"steps are delivery\.read"):
        arm(Settings(fail_at=order))


def test_nothing_happens_by_itself() -> None:
    """Steps that nobody ordered are passed."""
    arm(Settings())
    for step in Step:
        reach(step)
