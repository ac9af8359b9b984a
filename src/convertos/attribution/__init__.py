"""Who gets the credit: what a touch was, and which touch earned an order.

In:    evidence of arrivals and the times of orders, as records say them.
Out:   a source with its channel for each arrival; credits whose weights sum to one for each order.
Next:  `analytics` adds credits up; `web` shows each with its explanation.
Never: SQL, HTTP or a clock in `channel` and `credit`; a guess where the lists know nothing.
"""

from convertos.attribution.channel import DIRECT, classify
from convertos.attribution.channel_groups import CHANNELS
from convertos.attribution.credit import (
    DEFAULT_LOOKBACK,
    MODELS,
    Credit,
    JourneyTouch,
    Model,
    last_touch,
    last_touch_including_direct,
)
from convertos.attribution.explanation import explain
from convertos.attribution.source_rules import ClientSource, SourceRules

__all__ = [
    "CHANNELS",
    "DEFAULT_LOOKBACK",
    "DIRECT",
    "MODELS",
    "ClientSource",
    "Credit",
    "JourneyTouch",
    "Model",
    "SourceRules",
    "classify",
    "explain",
    "last_touch",
    "last_touch_including_direct",
]
