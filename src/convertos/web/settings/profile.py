"""One's own account: who one is here, password, and where one is signed in."""

from fastapi import APIRouter
from starlette.responses import Response

from convertos.core.errors import ConvertOSError
from convertos.tenancy.log_in import LogIn
from convertos.tenancy.sessions import list_sessions, sign_out_everywhere
from convertos.tenancy.users import change_own_password, organization_name
from convertos.web.desk import At, Desk
from convertos.web.forms import Form
from convertos.web.settings.browsers import browser_name
from convertos.web.settings.tabs import PATH, render

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def profile(desk: At) -> Response:
    """The reader's own account."""
    return await _show(desk, Form())


async def _show(desk: Desk, form: Form, status: int = 200) -> Response:
    async with desk.work() as work:
        organization = await organization_name(work)
        sessions = await list_sessions(work, desk.caller, desk.session.token_hash)
    return render(
        desk,
        "profile.html",
        status=status,
        form=form,
        organization=organization,
        sessions=[(browser_name(each.user_agent), each) for each in sessions],
    )


@router.post(f"{PATH}/password")
async def change_password(desk: At) -> Response:
    """Another password of one's own; every other browser is signed out."""
    log_in: LogIn = desk.request.app.state.log_in
    try:
        await log_in.confirm(desk.caller, desk.form.secret("presentPassword"))
        async with desk.work() as work:
            await change_own_password(
                work,
                desk.caller,
                desk.request.app.state.passwords,
                desk.form.secret("password"),
                session=desk.session.token_hash,
            )
    except ConvertOSError as error:
        return await _show(desk, desk.form.refused(error), 422)
    return desk.go(PATH, "Your password is changed. You are signed out everywhere else.")


@router.post(f"{PATH}/sessions/end")
async def end_other_sessions(desk: At) -> Response:
    """Sign out of every other browser."""
    async with desk.work() as work:
        await sign_out_everywhere(work, desk.caller, desk.session.token_hash)
    return desk.go(PATH, "You are signed out everywhere but here.")
