"""The words that the rest of the house speaks: what a platform's mapping says and the ledger applies.

In:    values that a mapping read from a receipt.
Out:   immutable records (person, touch, lead, checkout, order, refund, product) and facts.
Next:  `ledger` applies records; `flow` says which fact starts which work.
Never: I/O, SQL, HTTP, or the name of a platform's field.
"""

from convertos.records.demand import Demand, DemandKind
from convertos.records.facts import (
    EVER,
    AmountsChanged,
    ClientCalendarChanged,
    Demanded,
    Fact,
    FreshJourney,
    JourneysChanged,
    OrdersToRevisit,
    RecordedTouch,
    Span,
)
from convertos.records.ledger_records import (
    CheckoutRecord,
    CheckoutStage,
    CustomerRecord,
    LeadRecord,
    ObjectKind,
    OrderItem,
    OrderLines,
    OrderRecord,
    PresenceChange,
    PresenceRecord,
    ProductRecord,
    ProductVariant,
    Record,
    RefundRecord,
    Standing,
    TouchRecord,
    restated,
)
from convertos.records.money import currency_decimals, format_amount, parse_amount, split_amount
from convertos.records.person import Marks, Person
from convertos.records.touch import CLICK_ID_PARAMETERS, UTM_PARAMETERS, Evidence, Source, Touch
from convertos.records.version import Version

__all__ = [
    "CLICK_ID_PARAMETERS",
    "EVER",
    "UTM_PARAMETERS",
    "AmountsChanged",
    "CheckoutRecord",
    "CheckoutStage",
    "ClientCalendarChanged",
    "CustomerRecord",
    "Demand",
    "DemandKind",
    "Demanded",
    "Evidence",
    "Fact",
    "FreshJourney",
    "JourneysChanged",
    "LeadRecord",
    "Marks",
    "ObjectKind",
    "OrderItem",
    "OrderLines",
    "OrderRecord",
    "OrdersToRevisit",
    "Person",
    "PresenceChange",
    "PresenceRecord",
    "ProductRecord",
    "ProductVariant",
    "Record",
    "RecordedTouch",
    "RefundRecord",
    "Source",
    "Span",
    "Standing",
    "Touch",
    "TouchRecord",
    "Version",
    "currency_decimals",
    "format_amount",
    "parse_amount",
    "restated",
    "split_amount",
]
