"""`/api/auth/token`: short-lived access tokens for a key or a password."""

from typing import Annotated, Literal

from fastapi import Request
from pydantic import Field, SecretStr, model_validator

from convertos.api.contract import Answer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import address_of, log_in_of
from convertos.api.problem_answers import problems
from convertos.core.errors import UnauthenticatedError
from convertos.tenancy.authenticate import Authenticator
from convertos.tenancy.grants import Grants, IssuedTokens
from convertos.tenancy.model import Caller
from convertos.tenancy.tokens import is_well_formed

router = resource("/auth/token", "Authentication")

Secret = Annotated[SecretStr, Field(max_length=1000)]


class Credentials(Shape):
    """Who asks for a token: an API key, or a person's e-mail address and password."""

    api_key: Secret | None = None
    email: Annotated[str | None, Field(max_length=254)] = None
    password: Secret | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Credentials":
        is_person = self.email is not None and self.password is not None
        if is_person == (self.api_key is not None):
            raise ValueError("Send either apiKey, or email and password.")
        return self


class RefreshToken(Shape):
    """A refresh token."""

    refresh_token: Secret


class TokenAnswer(Answer):
    """Tokens. The refresh token works once; its use gives new ones."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: Annotated[int, Field(description="Seconds.")]
    refresh_token: str


def _answer(issued: IssuedTokens) -> TokenAnswer:
    return TokenAnswer(
        access_token=issued.access_token,
        expires_in=issued.expires_in_seconds,
        refresh_token=issued.refresh_token,
    )


@router.post("", responses=problems(401))
async def issue_token(credentials: Credentials, request: Request) -> TokenAnswer:
    """Get an access token for 15 minutes, and a refresh token for 30 days."""
    grants: Grants = request.app.state.grants
    return _answer(await grants.issue(await _prove(credentials, request)))


async def _prove(credentials: Credentials, request: Request) -> Caller:
    if credentials.api_key is not None:
        key = credentials.api_key.get_secret_value()
        if not is_well_formed(key):
            raise UnauthenticatedError("This is no API key.")
        authenticator: Authenticator = request.app.state.authenticator
        return await authenticator.bearer(key)
    password = credentials.password.get_secret_value() if credentials.password else ""
    return await log_in_of(request).check(credentials.email or "", password, address_of(request))


@router.post("/refresh", responses=problems(401))
async def refresh_token(token: RefreshToken, request: Request) -> TokenAnswer:
    """Exchange a refresh token for new tokens. Using one twice revokes them all."""
    grants: Grants = request.app.state.grants
    return _answer(await grants.refresh(token.refresh_token.get_secret_value()))


@router.post("/revoke")
async def revoke_token(token: RefreshToken, request: Request) -> Answer:
    """Revoke a refresh token and its access tokens; answers the same for one that is unknown."""
    grants: Grants = request.app.state.grants
    await grants.revoke(token.refresh_token.get_secret_value())
    return Answer()
