"""`/api/users`: people of the organization."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Request
from pydantic import Field, SecretStr

from convertos.api.contract import Answer, Instant, Line, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import Paging, Work, may, passwords_of
from convertos.api.problem_answers import problems
from convertos.tenancy import users
from convertos.tenancy.model import Caller, User
from convertos.tenancy.passwords import SHORTEST
from convertos.tenancy.rights import Right, UserRole

router = resource("/users", "Users")

Reader = Annotated[Caller, may(Right.USERS_READ)]
Writer = Annotated[Caller, may(Right.USERS_WRITE)]

Email = Annotated[str, Field(max_length=254, examples=["maria@example.com"])]
Password = Annotated[SecretStr, Field(max_length=1000, description=f"At least {SHORTEST} characters.")]
ClientIds = Annotated[
    list[UUID] | None, Field(max_length=1000, description="The only clients to be seen; null for all.")
]


class NewUser(Shape):
    """A person to be added."""

    email: Email
    name: Line
    password: Password
    role: UserRole
    client_ids: ClientIds = None


class UserChanges(Shape):
    """What is to be another; what is not named stays."""

    name: Line | None = None
    role: UserRole | None = None
    client_ids: ClientIds = None
    is_disabled: bool | None = None


class NewPassword(Shape):
    """A password that somebody else is given."""

    password: Password


class UserShape(Shape):
    """A person with an account."""

    id: UUID
    email: str
    name: str
    role: UserRole
    client_ids: list[UUID] | None
    is_disabled: bool
    created_at: Instant
    last_seen_at: Instant | None


class UserAnswer(Answer):
    """One person."""

    user: UserShape


class UsersAnswer(PageAnswer):
    """Some people."""

    users: list[UserShape]


def user_shape(user: User) -> UserShape:
    """A person, as the API shows them."""
    return UserShape(
        id=user.user_id,
        email=user.email,
        name=user.name,
        role=UserRole(user.role),
        client_ids=user.client_ids,
        is_disabled=user.is_disabled,
        created_at=user.created_at,
        last_seen_at=user.last_seen_at,
    )


@router.post("", status_code=201, responses=problems(409))
async def create_user(new: NewUser, caller: Writer, work: Work, request: Request) -> UserAnswer:
    """Add a person. Nobody can give a role that has rights they lack."""
    user = await users.add_user(
        work,
        caller,
        passwords_of(request),
        email=new.email,
        name=new.name,
        password=new.password.get_secret_value(),
        role=new.role,
        client_ids=new.client_ids,
    )
    return UserAnswer(user=user_shape(user))


@router.get("")
async def list_users(_: Reader, work: Work, paging: Paging) -> UsersAnswer:
    """List the organization's people, oldest first."""
    page = await users.list_users(work, limit=paging.limit, cursor=paging.cursor)
    return UsersAnswer(users=[user_shape(user) for user in page.items], next_cursor=page.next_cursor)


@router.get("/{user_id}")
async def read_user(user_id: UUID, _: Reader, work: Work) -> UserAnswer:
    """Read one person."""
    return UserAnswer(user=user_shape(await users.read_user(work, user_id)))


@router.patch("/{user_id}", responses=problems(409))
async def change_user(user_id: UUID, changes: UserChanges, caller: Writer, work: Work) -> UserAnswer:
    """Change a person's name, role or clients, or disable them; who is disabled is signed out at once."""
    named: dict[str, Any] = changes.model_dump(exclude_unset=True)
    given = {name: value for name, value in named.items() if value is not None or name == "client_ids"}
    return UserAnswer(user=user_shape(await users.change_user(work, caller, user_id, given)))


@router.delete("/{user_id}", responses=problems(409))
async def remove_user(user_id: UUID, caller: Writer, work: Work) -> Answer:
    """Remove a person; the last owner can't be removed."""
    await users.remove_user(work, caller, user_id)
    return Answer()


@router.put("/{user_id}/password")
async def set_password(
    user_id: UUID, new: NewPassword, caller: Writer, work: Work, request: Request
) -> Answer:
    """Give a person a new password; they are signed out everywhere."""
    password = new.password.get_secret_value()
    await users.set_password(work, caller, passwords_of(request), user_id, password)
    return Answer()
