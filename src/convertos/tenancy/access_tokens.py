"""Short-lived access tokens (JWT, HS256): what a program sends instead of a key or a password.

A token names its grant and nothing else; who that is and what they may is looked up at each call.

Source: RFC 7519; RFC 8725 (one algorithm, all claims required, issuer and audience checked).
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import jwt

from convertos.core.crypto import MasterKey
from convertos.core.errors import UnauthenticatedError

LIFETIME = timedelta(minutes=15)
_ALGORITHM = "HS256"
_ISSUER = "convertos"
_AUDIENCE = "convertos-api"
_LONGEST = 2000


class AccessClaims(NamedTuple):
    """What an access token says."""

    organization_id: UUID
    grant_id: UUID


class AccessTokens:
    """Makes and reads access tokens."""

    def __init__(self, master_key: MasterKey) -> None:
        self._key = master_key.derive("access tokens")

    def make(self, claims: AccessClaims, now: datetime) -> str:
        """A token that is good for `LIFETIME`."""
        content = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": str(claims.grant_id),
            "org": str(claims.organization_id),
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
        }
        return jwt.encode(content, self._key, algorithm=_ALGORITHM)

    def read(self, token: str, now: datetime) -> AccessClaims:
        """What a token says.

        Raises:
            UnauthenticatedError: it is none of ours, was changed, or is too old.
        """
        try:
            content = jwt.decode(
                token[:_LONGEST],
                self._key,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                # The time is handed in, so it is compared here.
                options={
                    "require": ["iss", "aud", "sub", "org", "iat", "exp"],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
            claims = AccessClaims(UUID(content["org"]), UUID(content["sub"]))
            is_over = now.timestamp() >= float(content["exp"])
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
            raise UnauthenticatedError("Sign in, or send a valid API key or access token.") from error
        if is_over:
            raise UnauthenticatedError(
                "This access token has expired; get a new one with your refresh token.", code="token_expired"
            )
        return claims
