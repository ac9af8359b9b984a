"""What somebody may ask of a random history."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import strategies as st

from convertos.analytics.model import Dimension, View
from convertos.analytics.periods import Compare
from convertos.analytics.question import Asked
from tests.analytics.scenario import NOTABLE_DAYS, Shop

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for: days around the notable one, and how to look at them."""

    before: int
    after: int
    view: View
    compare: Compare | None
    by: Dimension
    limit: int
    status: list[str] = []

    def asked(self, shop: Shop) -> Asked:
        day = NOTABLE_DAYS[shop.timezone]
        return Asked(
            client_ids=[shop.client_id],
            first=day - timedelta(days=self.before),
            last=day + timedelta(days=self.after),
            view=self.view,
            compare=self.compare,
            status=self.status,
        )


HOW = {
    "view": st.sampled_from(View),
    "compare": st.none() | st.sampled_from(Compare),
    "by": st.sampled_from(Dimension),
    "limit": st.integers(1, 4),
}
WISHES = st.builds(
    Wish,
    before=st.integers(0, 2) | st.integers(0, 40),
    after=st.integers(0, 3),
    status=st.lists(st.sampled_from(["processing", "completed"]), max_size=1),
    **HOW,
)
SHORT_WISHES = st.builds(Wish, before=st.just(0), after=st.integers(0, 1), **HOW)
