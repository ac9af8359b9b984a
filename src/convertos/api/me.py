"""`/api/me`: whoever is calling, what they may, and their own sessions and password."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import Field, SecretStr

from convertos.api.contract import Answer, Instant, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import Work, log_in_of, may, passwords_of
from convertos.api.problem_answers import problems
from convertos.tenancy import sessions, users
from convertos.tenancy.model import ActorKind, Caller, OpenSession
from convertos.tenancy.passwords import SHORTEST
from convertos.tenancy.rights import Right, UserRole

router = resource("/me", "Current user")

Anybody = Annotated[Caller, may()]


class MeShape(Shape):
    """Whoever is calling.

    Sessions also get the token that they have to send as `X-CSRF-Token`.
    """

    kind: ActorKind
    id: UUID | None
    name: str
    email: str | None
    role: UserRole | None
    organization_id: UUID
    organization_name: str
    client_ids: Annotated[list[UUID], Field(description="The clients within reach.")]
    rights: list[Right]
    csrf_token: str | None


class MeAnswer(Answer):
    """Whoever is calling."""

    me: MeShape


class SessionShape(Shape):
    """Where somebody is signed in."""

    user_agent: str | None
    created_at: Instant
    last_seen_at: Instant
    is_this: Annotated[bool, Field(description="Whether it is the one that asks.")]


class SessionsAnswer(Answer):
    """Where the caller is signed in."""

    sessions: list[SessionShape]


class PasswordChange(Shape):
    """A person's present password and the one that it shall be."""

    present_password: Annotated[SecretStr, Field(max_length=1000)]
    password: Annotated[SecretStr, Field(max_length=1000, description=f"At least {SHORTEST} characters.")]


def _session(request: Request) -> OpenSession | None:
    session: OpenSession | None = getattr(request.state, "session", None)
    return session


@router.get("")
async def read_me(caller: Anybody, work: Work, request: Request) -> MeAnswer:
    """Read who you are and what you may."""
    session = _session(request)
    me = MeShape(
        kind=caller.kind,
        id=caller.actor_id,
        name=caller.name,
        email=caller.email,
        role=caller.role,
        organization_id=caller.organization_id,
        organization_name=await users.organization_name(work),
        client_ids=list(caller.scope.client_ids),
        rights=sorted(caller.rights),
        csrf_token=session.csrf_token if session else None,
    )
    return MeAnswer(me=me)


@router.put("/password")
async def change_password(change: PasswordChange, caller: Anybody, work: Work, request: Request) -> Answer:
    """Change your password; you stay signed in here and are signed out everywhere else."""
    session, log_in = _session(request), log_in_of(request)
    await log_in.confirm(caller, change.present_password.get_secret_value())
    await users.change_own_password(
        work,
        caller,
        passwords_of(request),
        change.password.get_secret_value(),
        session=session.token_hash if session else None,
    )
    return Answer()


@router.get("/sessions", responses=problems(403))
async def list_sessions(caller: Anybody, work: Work, request: Request) -> SessionsAnswer:
    """List where you are signed in, latest first."""
    session = _session(request)
    found = await sessions.list_sessions(work, caller, session.token_hash if session else None)
    return SessionsAnswer(sessions=[SessionShape(**each._asdict()) for each in found])


@router.delete("/sessions")
async def sign_out_everywhere(caller: Anybody, work: Work, request: Request) -> Answer:
    """Sign out everywhere but here, and end your access tokens."""
    session = _session(request)
    await sessions.sign_out_everywhere(work, caller, session.token_hash if session else None)
    return Answer()
