"""Random histories of a shop: statements about orders, refunds, people, touches and leads, in any order.

Times crowd around the days on which clocks change, and around midnight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from convertos import flow
from convertos.analytics.rollups import refresh
from convertos.attribution.client_rules import ClientRules
from convertos.core.crypto import MasterKey, Vault
from convertos.core.database import Database, Role
from convertos.core.ids import new_id
from convertos.jobs import install_reactions
from convertos.ledger.apply import apply
from convertos.ledger.batch import Entry
from convertos.ledger.suppression import Suppression
from convertos.records import (
    CustomerRecord,
    Evidence,
    LeadRecord,
    ObjectKind,
    OrderRecord,
    Person,
    PresenceChange,
    PresenceRecord,
    Record,
    RefundRecord,
    Standing,
    Touch,
    TouchRecord,
    Version,
)
from tests.support.tenants import Tenant, make_tenant

NOTABLE_DAYS = {
    "Europe/Athens": date(2025, 10, 26),
    "America/New_York": date(2025, 3, 9),
    # Clocks go back from 01:00 to midnight: the first hour of the day comes twice.
    "America/Havana": date(2025, 11, 2),
    "Atlantic/Azores": date(2025, 10, 26),
    # Midnight does not exist.
    "Asia/Beirut": date(2025, 3, 30),
    "Australia/Lord_Howe": date(2025, 4, 6),
    "Asia/Kathmandu": date(2025, 10, 26),
    "Pacific/Kiritimati": date(2025, 12, 31),
    "Etc/GMT+12": date(2025, 12, 31),
    # 30 December 2011 was left out of the calendar.
    "Pacific/Apia": date(2011, 12, 30),
    # Clocks went back from 02:00 to 23:00 of the day before: both days come in two pieces.
    "Antarctica/Casey": date(2010, 3, 5),
}


@dataclass(frozen=True)
class Shop:
    """A client with its settings."""

    tenant: Tenant
    timezone: str
    excludes_tax: bool
    excludes_shipping: bool

    @property
    def client_id(self) -> UUID:
        return self.tenant.client_id


@dataclass(frozen=True)
class Batch:
    """Records that are applied in one transaction, and whether the sums are brought up to date afterwards."""

    records: Sequence[Record]
    is_summed: bool


@dataclass(frozen=True)
class History:
    """What happened at a shop, in the order of arrival."""

    timezone: str
    excludes_tax: bool
    excludes_shipping: bool
    batches: Sequence[Batch]


EMAILS = st.sampled_from(["ana@example.test", "ben@example.test", "cleo@example.test"])
VISITORS = st.sampled_from(["v1", "v2"])
PEOPLE = st.one_of(
    st.builds(Person, email=EMAILS, visitor_id=st.none() | VISITORS),
    st.builds(Person, phone=st.sampled_from(["+302101234567", "+302101234568"])),
    st.builds(Person, customer_external_id=st.sampled_from(["7", "8"]), email=st.none() | EMAILS),
    st.builds(Person, visitor_id=VISITORS),
    st.just(Person()),
)
EVIDENCE = st.one_of(
    st.builds(
        Evidence,
        utm=st.fixed_dictionaries(
            {"source": st.sampled_from(["google", "fb", "house list"])},
            optional={
                "medium": st.sampled_from(["cpc", "email"]),
                "campaign": st.sampled_from(["Spring", "x"]),
            },
        ),
        landing_page=st.sampled_from([None, "https://www.shop.example/a/?utm_source=google#top", "/b?x=1"]),
    ),
    st.builds(
        Evidence, referrer=st.just("https://www.bing.com/"), landing_page=st.just("https://shop.example/")
    ),
    st.just(Evidence()),
)
MONEY = st.decimals(min_value=0, max_value=200, places=2)
TAXES = st.none() | st.decimals(min_value=0, max_value=40, places=4)


def instants(timezone: str) -> st.SearchStrategy[datetime]:
    """Instants around a day that is not like others, most of them near its midnight or the next one."""
    day = NOTABLE_DAYS[timezone]
    midnights = [
        datetime.combine(day + timedelta(days=n), time(), ZoneInfo(timezone)).astimezone(UTC) for n in (0, 1)
    ]
    return st.builds(
        lambda start, quarters, off: start + timedelta(minutes=15) * quarters + off,
        st.sampled_from(midnights),
        st.integers(-8, 8) | st.integers(-4 * 40, 4 * 40),
        st.sampled_from([timedelta(), timedelta(microseconds=-1), timedelta(minutes=7, seconds=3)]),
    )


def orders(at: st.SearchStrategy[datetime]) -> st.SearchStrategy[OrderRecord]:
    touches = st.lists(
        st.builds(Touch, occurred_at=at, evidence=EVIDENCE, visitor_id=st.none() | VISITORS), max_size=1
    )
    refunds = st.lists(
        st.builds(
            RefundRecord,
            external_id=st.sampled_from(["r1", "r2", "r3"]),
            amount=MONEY,
            refunded_at=st.none() | at,
        ),
        max_size=2,
        unique_by=lambda refund: refund.external_id,
    )
    return st.builds(
        OrderRecord,
        external_id=st.sampled_from(["1", "2", "3", "4", "5"]),
        version=st.builds(Version, at, st.integers(0, 9), st.just("00")),
        person=PEOPLE,
        status=st.sampled_from(["processing", "completed", "cancelled"]),
        standing=st.sampled_from(
            [Standing.PAID, Standing.PAID, Standing.PAID, Standing.CANCELLED, Standing.PENDING]
        ),
        currency=st.sampled_from(["EUR", "EUR", "JPY"]),
        total=MONEY,
        tax_total=TAXES,
        shipping_total=TAXES,
        placed_at=at,
        paid_at=st.none() | at,
        is_test=st.sampled_from([False] * 9 + [True]),
        refunds=refunds.map(tuple),
        is_refund_list_complete=st.booleans(),
        touches=touches.map(tuple),
    )


def records(at: st.SearchStrategy[datetime]) -> st.SearchStrategy[Record]:
    return st.one_of(
        orders(at),
        orders(at),
        st.builds(
            TouchRecord,
            person=PEOPLE,
            touch=st.builds(Touch, occurred_at=at, evidence=EVIDENCE, visitor_id=st.none() | VISITORS),
        ),
        st.builds(
            LeadRecord,
            external_id=st.sampled_from(["l1", "l2", "l3"]),
            person=PEOPLE,
            registered_at=at,
            touches=st.lists(st.builds(Touch, occurred_at=at, evidence=EVIDENCE), max_size=1).map(tuple),
        ),
        # Joins people who were two until then.
        st.builds(
            CustomerRecord,
            external_id=st.sampled_from(["7", "8"]),
            version=st.builds(Version, at, st.just(0), st.just("00")),
            person=st.builds(Person, email=EMAILS, customer_external_id=st.sampled_from(["7", "8"])),
        ),
        st.builds(
            PresenceRecord,
            kind=st.just(ObjectKind.ORDER),
            external_id=st.sampled_from(["1", "2"]),
            change=st.sampled_from(PresenceChange),
            evidence_id=st.sampled_from(["e1", "e2"]),
        ),
    )


@st.composite
def histories(draw: st.DrawFn) -> History:
    timezone = draw(st.sampled_from(sorted(NOTABLE_DAYS)))
    batch = st.builds(
        Batch,
        records=st.lists(records(instants(timezone)), min_size=1, max_size=5),
        is_summed=st.booleans(),
    )
    return History(
        timezone=timezone,
        excludes_tax=draw(st.booleans()),
        excludes_shipping=draw(st.booleans()),
        batches=draw(st.lists(batch, min_size=1, max_size=6)),
    )


async def make_shop(database: Database, history: History) -> Shop:
    tenant = await make_tenant(database, timezone=history.timezone)
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute(
            "UPDATE clients SET excludes_tax = %s, excludes_shipping = %s WHERE client_id = %s",
            (history.excludes_tax, history.excludes_shipping, tenant.client_id),
        )
    return Shop(tenant, history.timezone, history.excludes_tax, history.excludes_shipping)


async def live_through(database: Database, history: History) -> Shop:
    """Make a shop and let the history happen to it; afterwards no day waits."""
    shop = await make_shop(database, history)
    store_id = new_id()
    for batch in history.batches:
        await record(database, shop.client_id, store_id, batch.records)
        if batch.is_summed:
            await sum_all(database)
    await sum_all(database)
    return shop


_SUPPRESSION = Suppression(Vault(MasterKey(b"a key that is only good for tests and nothing else")))


async def record(database: Database, client_id: UUID, store_id: UUID, batch: Sequence[Record]) -> None:
    """Apply some records in one transaction."""
    install_reactions(flow.REACTIONS)
    rules = ClientRules()
    async with database.transaction(role=Role.WORKER) as transaction:
        await rules.load(transaction, [client_id])
        entries = [Entry(client_id, store_id, 2, "EUR", "GR", each) for each in batch]
        await apply(transaction, entries, rules.classify, _SUPPRESSION)


async def sum_all(database: Database) -> None:
    while await refresh(database):
        pass
