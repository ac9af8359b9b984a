"""What is left of a record when nobody may know whom it is about. Pure."""

from collections.abc import Collection
from urllib.parse import urlsplit, urlunsplit

import msgspec

from convertos.ledger.identifiers import Identifier
from convertos.records import (
    CustomerRecord,
    Evidence,
    LeadRecord,
    Person,
    PresenceRecord,
    ProductRecord,
    Record,
    Touch,
    TouchRecord,
)

_NOBODY = Person()
_SOME_ID = "1"
"""In the place of a click id: that there was one tells the source, which one tells the person."""


def anonymous_address(address: str | None) -> str | None:
    """An address without what follows its path."""
    if address is None:
        return None
    try:
        scheme, host, path, _, _ = urlsplit(address)
    except ValueError:
        return None
    return urlunsplit((scheme, host.rpartition("@")[2], path, "", ""))


def anonymous_evidence(evidence: Evidence) -> Evidence:
    """As much of an arrival as tells its source."""
    return Evidence(
        utm=evidence.utm,
        origin=evidence.origin,
        click_ids=dict.fromkeys(evidence.click_ids, _SOME_ID),
        referrer=anonymous_address(evidence.referrer),
        landing_page=anonymous_address(evidence.landing_page),
    )


def _anonymous(touch: Touch) -> Touch:
    return Touch(occurred_at=touch.occurred_at, evidence=anonymous_evidence(touch.evidence))


def without_person(record: Record) -> Record:
    """The record as it would be had nobody told whom it is about."""
    if isinstance(record, ProductRecord | PresenceRecord):
        return record
    if isinstance(record, TouchRecord):
        return TouchRecord(person=_NOBODY, touch=_anonymous(record.touch))
    if isinstance(record, CustomerRecord):
        return CustomerRecord(external_id=None, version=record.version, person=_NOBODY)
    touches = tuple(map(_anonymous, record.touches))
    bare = msgspec.structs.replace(record, person=_NOBODY, touches=touches)
    return msgspec.structs.replace(bare, fields={}, page_url=None) if isinstance(bare, LeadRecord) else bare


def without_identifiers(record: Record, identifiers: Collection[Identifier]) -> Record:
    """The record without a phone or a browser that is somebody else's, too."""
    if isinstance(record, ProductRecord | PresenceRecord):
        return record
    kinds = {identifier.kind for identifier in identifiers}
    person = msgspec.structs.replace(
        record.person,
        phone=None if "phone" in kinds else record.person.phone,
        visitor_id=None if "visitor" in kinds else record.person.visitor_id,
    )
    if isinstance(record, TouchRecord):
        touch = _anonymous(record.touch) if "visitor" in kinds else record.touch
        return TouchRecord(person=person, touch=touch)
    touches = tuple(map(_anonymous, record.touches)) if "visitor" in kinds else record.touches
    return msgspec.structs.replace(record, person=person, touches=touches)
