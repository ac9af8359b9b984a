"""People of the organization: added, changed, disabled, removed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from convertos.core.errors import InvalidError
from convertos.tenancy.model import User
from convertos.tenancy.rights import Right, UserRole
from convertos.tenancy.users import add_user, change_user, list_users, read_user, remove_user, set_password
from convertos.web.desk import Desk, at
from convertos.web.forms import REFUSALS, Form
from convertos.web.settings.reach import ALL, reach_in_words, reach_pairs, read_reach
from convertos.web.settings.tabs import PATH, render

router = APIRouter(include_in_schema=False)

PEOPLE_PATH = f"{PATH}/people"
_AT_ONCE = 100
_ROLES = {
    UserRole.OWNER: "Owner: everything",
    UserRole.ADMIN: "Admin: everything but owners",
    UserRole.ANALYST: "Analyst: sees and exports",
    UserRole.VIEWER: "Viewer: sees",
}

Reader = Annotated[Desk, at(Right.USERS_READ)]
Writer = Annotated[Desk, at(Right.USERS_WRITE)]


@router.get(PEOPLE_PATH)
async def people(desk: Reader, cursor: str | None = None) -> Response:
    """Everybody who has an account."""
    async with desk.work() as work:
        page = await list_users(work, limit=_AT_ONCE, cursor=cursor)
    rows = [(user, reach_in_words(desk, user.client_ids)) for user in page.items]
    return render(desk, "people.html", rows=rows, next_cursor=page.next_cursor)


def _roles(desk: Desk) -> list[tuple[str, str]]:
    can_make_owners = Right.OWNERS_WRITE in desk.caller.rights
    return [
        (role.value, text) for role, text in _ROLES.items() if role is not UserRole.OWNER or can_make_owners
    ]


def _role(form: Form) -> UserRole:
    try:
        return UserRole(form.text("role"))
    except ValueError:
        raise InvalidError.field("role", "There is no such role.") from None


@router.get(f"{PEOPLE_PATH}/new")
async def new_person(desk: Writer) -> Response:
    """The form for a person."""
    form = Form([("role", UserRole.ANALYST.value), ("reach", ALL)])
    return render(desk, "person_new.html", form=form, roles=_roles(desk))


@router.post(f"{PEOPLE_PATH}/new")
async def add_person(desk: Writer) -> Response:
    """Add a person."""
    form = desk.form
    try:
        async with desk.work() as work:
            user = await add_user(
                work,
                desk.caller,
                desk.request.app.state.passwords,
                email=form.text("email"),
                name=form.line("name", "a name"),
                password=form.secret("password"),
                role=_role(form),
                client_ids=read_reach(form),
            )
    except REFUSALS as error:
        return render(desk, "person_new.html", status=422, form=form.refused(error), roles=_roles(desk))
    return desk.go(PEOPLE_PATH, f"{user.name} can sign in now. Tell them their password.")


@router.get(f"{PEOPLE_PATH}/{{user_id}}")
async def person(desk: Reader, user_id: UUID) -> Response:
    """One person's account."""
    async with desk.work() as work:
        user = await read_user(work, user_id)
    pairs = [("name", user.name), ("role", user.role), *reach_pairs(user.client_ids)]
    return _show(desk, user, Form([*pairs, *([("is_disabled", "on")] if user.is_disabled else [])]))


def _show(desk: Desk, user: User, form: Form, status: int = 200) -> Response:
    return render(desk, "person.html", status=status, form=form, subject=user, roles=_roles(desk))


@router.post(f"{PEOPLE_PATH}/{{user_id}}")
async def save_person(desk: Writer, user_id: UUID) -> Response:
    """Change a person's account."""
    async with desk.work() as work:
        user = await read_user(work, user_id)
    form = desk.form
    try:
        changes = {
            "name": form.line("name", "a name"),
            "role": _role(form).value,
            "client_ids": read_reach(form),
            "is_disabled": form.is_on("is_disabled"),
        }
        async with desk.work() as work:
            after = await change_user(work, desk.caller, user_id, changes)
    except REFUSALS as error:
        return _show(desk, user, form.refused(error), 422)
    return desk.go(PEOPLE_PATH, f"{after.name} is saved.")


@router.post(f"{PEOPLE_PATH}/{{user_id}}/password")
async def give_password(desk: Writer, user_id: UUID) -> Response:
    """Give somebody a new password."""
    async with desk.work() as work:
        user = await read_user(work, user_id)
    try:
        async with desk.work() as work:
            passwords = desk.request.app.state.passwords
            await set_password(work, desk.caller, passwords, user_id, desk.form.secret("password"))
    except REFUSALS as error:
        pairs = [("name", user.name), ("role", user.role), ("password", ""), *reach_pairs(user.client_ids)]
        return _show(desk, user, Form(pairs).refused(error), 422)
    return desk.go(PEOPLE_PATH, f"{user.name} has a new password, and was signed out everywhere.")


@router.post(f"{PEOPLE_PATH}/{{user_id}}/remove")
async def remove_person(desk: Writer, user_id: UUID) -> Response:
    """Remove a person's account."""
    async with desk.work() as work:
        user = await read_user(work, user_id)
    try:
        async with desk.work() as work:
            await remove_user(work, desk.caller, user_id)
    except REFUSALS as error:
        return desk.go(PEOPLE_PATH, error.message, "bad")
    return desk.go(PEOPLE_PATH, f"{user.name} is removed.")
