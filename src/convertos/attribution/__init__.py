"""Who gets the credit: what a touch was, and which touch earned an order.

In:    evidence of arrivals and the times of orders, as records say them.
Out:   a source with its channel for each arrival; credits whose weights sum to one for each order.
Next:  `analytics` adds credits up; `web` shows each with its explanation.
Never: SQL, HTTP or a clock in `channel` and `credit`; a guess where the lists know nothing.
"""

from convertos.attribution.channel import DIRECT, classify
from convertos.attribution.channel_groups import CHANNELS
from convertos.attribution.source_rules import ClientSource, SourceRules

__all__ = [
    "CHANNELS",
    "DIRECT",
    "ClientSource",
    "SourceRules",
    "classify",
]
