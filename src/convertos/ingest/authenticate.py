"""Finds out whose secret signed a request.

A refusal costs the same work whatever its reason: one look at memory, one at the database, and after each as
many signatures as a connection can have secrets. So a stranger learns neither whether a connection exists nor
whether it was deleted or is changing its secret.
"""

from collections.abc import Sequence
from typing import NamedTuple

from convertos.connections.directory import Directory, DoorConnection
from convertos.connections.model import MOST_LIVING_SECRETS
from convertos.core.addresses import normal_domain
from convertos.platforms import DoorRules, Locator, Platform, Refusal, RefusedError, Request

_UNSIGNED = RefusedError(Refusal.SIGNATURE_INVALID, "The signature does not match.")


class Nobody(NamedTuple):
    """No secret signed the request.

    Attributes:
        refused: what to answer.
        meant: the connections that the request named, rightly or not.
    """

    refused: RefusedError
    meant: Sequence[DoorConnection]


async def authenticate(directory: Directory, platform: Platform, request: Request) -> DoorConnection | Nobody:
    """The connection that signed a request; nobody is refused before the database was asked."""
    locator = locator_of(platform, request)
    signer = _signer(platform, request, directory.remembered(locator))
    if isinstance(signer, Nobody):
        signer = _signer(platform, request, await directory.find_afresh(locator))
    return signer


def locator_of(platform: Platform, request: Request) -> Locator:
    """Where to look for the connection that a request names."""
    locator = platform.locate(request) or Locator()
    return Locator(domain=normal_domain(locator.domain)) if locator.domain else locator


def _signer(platform: Platform, request: Request, found: Sequence[DoorConnection]) -> DoorConnection | Nobody:
    meant = [connection for connection in found if connection.type == platform.name]
    refusals = []
    tried = 0
    for connection in meant:
        secrets = connection.living_secrets(request.received_at)
        refused = _refusal(platform, request, secrets, connection.rules)
        if refused is None:
            return connection
        refusals.append(refused)
        tried += max(len(secrets), 1)
    while tried < MOST_LIVING_SECRETS or not refusals:
        # Nothing verifies without a secret; this takes the time that a verification takes.
        refusals.append(_refusal(platform, request, (), DoorRules()) or _UNSIGNED)
        tried += 1
    told = [refused for refused in refusals if refused.refusal is not Refusal.SIGNATURE_INVALID]
    return Nobody((told or refusals)[0], meant)


def _refusal(
    platform: Platform, request: Request, secrets: Sequence[bytes], rules: DoorRules
) -> RefusedError | None:
    try:
        platform.verify(request, secrets, rules)
    except RefusedError as refused:
        return refused
    return None
