"""SQL that reads leads, checkouts and arrivals for people and programs."""

from datetime import datetime

from convertos.ledger.reading.model import CheckoutFilters, LeadFilters, Stage
from convertos.ledger.store.listing import Condition, Listing, Sort, equals, on_days

_STORE = "JOIN stores s ON s.client_id = t.client_id AND s.store_id = t.store_id"

LEADS = Listing(
    table="leads",
    id_column="lead_id",
    columns="""t.client_id, t.lead_id, t.contact_id, s.platform, s.domain AS store_domain, t.form_plugin, t.form_id,
        t.form_name, t.email, t.name, t.phone, t.fields, t.page_url, t.registered_at""",
    joins=_STORE,
)
LEAD_SORT = Sort("registered_at", datetime)


def lead_conditions(filters: LeadFilters) -> list[Condition]:
    """The filters as conditions."""
    found = [
        *equals("contact_id", filters.contact_id),
        *equals("form_id", filters.form_id),
        *on_days("registered_at", filters.first_day, filters.last_day),
    ]
    if filters.search is not None:
        found.append(
            Condition(
                "strpos(t.email, %(text)s) > 0 OR strpos(lower(t.name), %(text)s) > 0",
                {"text": filters.search.strip().lower()},
            )
        )
    return found


CHECKOUTS = Listing(
    table="checkouts",
    id_column="checkout_id",
    columns="""t.client_id, t.checkout_id, t.contact_id, s.platform, s.domain AS store_domain, t.checkout_token,
        t.funnel_id, t.step_id, t.email, t.total, t.currency, t.started_at, t.abandoned_at, t.completed_at,
        t.occurred_at, o.order_id""",
    joins=f"""{_STORE}
        LEFT JOIN orders o ON o.client_id = t.client_id AND o.store_id = t.store_id
            AND o.external_id = t.order_external_id""",
)
CHECKOUT_SORT = Sort("occurred_at", datetime)
_STAGES = {
    Stage.COMPLETED: "t.completed_at IS NOT NULL",
    Stage.ABANDONED: "t.completed_at IS NULL AND t.abandoned_at IS NOT NULL",
    Stage.STARTED: "t.completed_at IS NULL AND t.abandoned_at IS NULL",
}


def checkout_conditions(filters: CheckoutFilters) -> list[Condition]:
    """The filters as conditions."""
    found = [
        *equals("contact_id", filters.contact_id),
        *on_days("occurred_at", filters.first_day, filters.last_day),
    ]
    if filters.stage is not None:
        found.append(Condition(_STAGES[filters.stage], {}))
    if filters.search is not None:
        text = filters.search.strip()
        found.append(
            Condition(
                "strpos(t.email, %(text)s) > 0 OR t.checkout_token = %(token)s",
                {"text": text.lower(), "token": text},
            )
        )
    return found


ARRIVALS = Listing(
    table="touches",
    id_column="touch_id",
    columns="""t.client_id, t.touch_id, t.occurred_at, t.landing_page, t.evidence, t.source, t.medium, t.campaign,
        t.channel, t.method""",
)
