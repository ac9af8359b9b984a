"""The way in and out: set-up on the first visit, signing in, signing out."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from convertos.core.errors import ConvertOSError, UnauthenticatedError
from convertos.core.installation import Installation
from convertos.tenancy.authenticate import Authenticator
from convertos.tenancy.log_in import LogIn
from convertos.tenancy.model import Caller
from convertos.tenancy.sessions import SESSION_COOKIE, NewSession, sign_out
from convertos.tenancy.setup import SETUP_PATH, is_set_up, is_setup_token, set_up
from convertos.web.desk import THEME_COOKIE, THEMES, At, theme_of
from convertos.web.forms import Form, demand_own_page, read_form
from convertos.web.navigation import HOME
from convertos.web.templating import Templates

router = APIRouter(include_in_schema=False)

LOGIN_PATH = "/login"
_YEAR = 31_536_000


def _bare(request: Request, template: str, *, status: int = 200, **context: object) -> Response:
    templates: Templates = request.app.state.templates
    content = templates.render(template, theme=theme_of(request), **context)
    return HTMLResponse(content, status, {"cache-control": "no-store"})


def inside(address: str) -> str:
    """Where somebody may be led after signing in: a page of the dashboard, never another site."""
    is_ours = address == HOME or address.startswith((f"{HOME}/", f"{HOME}?"))
    return quote(address, safe="/?&=%+:,-._~") if is_ours and "\\" not in address else HOME


# -- signing in -------------------------------------------------------------------------------------------


@router.get(LOGIN_PATH)
async def login_page(
    request: Request, wanted: Annotated[str, Query(alias="next", max_length=2000)] = HOME
) -> Response:
    """The form to sign in; whoever is signed in already goes on."""
    if await _is_signed_in(request):
        return RedirectResponse(inside(wanted), 303)
    is_ready = await is_set_up(request.app.state.database)
    return _bare(request, "account/login.html", form=Form([("next", inside(wanted))]), is_ready=is_ready)


async def _is_signed_in(request: Request) -> bool:
    cookie = request.cookies.get(SESSION_COOKIE)
    if not cookie:
        return False
    authenticator: Authenticator = request.app.state.authenticator
    try:
        await authenticator.session(cookie)
    except UnauthenticatedError:
        return False
    return True


@router.post(LOGIN_PATH)
async def log_in(request: Request) -> Response:
    """Sign in."""
    installation = _installation(request)
    demand_own_page(request, installation.settings.base_url)
    form = await read_form(request)
    log_in: LogIn = request.app.state.log_in
    try:
        signed_in = await log_in.sign_in(
            form.text("email"), form.secret("password"), _address(request), request.headers.get("user-agent")
        )
    except ConvertOSError as error:
        status = 401 if isinstance(error, UnauthenticatedError) else 429
        return _bare(request, "account/login.html", form=form.refused(error), status=status, is_ready=True)
    return _welcome(request, signed_in.session, inside(form.text("next")))


def _welcome(request: Request, session: NewSession, address: str) -> Response:
    response = RedirectResponse(address, 303)
    response.set_cookie(
        SESSION_COOKIE,
        session.token,
        expires=session.expires_at,
        httponly=True,
        samesite="lax",
        secure=_is_secure(request),
    )
    return response


def _is_secure(request: Request) -> bool:
    return _installation(request).settings.base_url.startswith("https://")


def _installation(request: Request) -> Installation:
    installation: Installation = request.app.state.installation
    return installation


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


# -- signing out ------------------------------------------------------------------------------------------


@router.post("/logout")
async def log_out(desk: At) -> Response:
    """Sign this browser out."""
    async with desk.database.transaction(desk.caller.scope) as transaction:
        await sign_out(transaction, desk.caller, desk.session.token_hash)
    response = RedirectResponse(LOGIN_PATH, 303)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=_is_secure(desk.request))
    return response


# -- the first visit --------------------------------------------------------------------------------------


@router.get(SETUP_PATH)
async def setup_page(request: Request, token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """The form that makes the organization and its owner."""
    database, hasher = request.app.state.database, _installation(request).token_hasher
    if await is_set_up(database):
        return RedirectResponse(LOGIN_PATH, 303)
    if not await is_setup_token(database, hasher, token):
        return _bare(request, "account/setup_refused.html", status=403)
    return _bare(request, "account/setup.html", form=Form([("token", token)]))


@router.post(SETUP_PATH)
async def set_up_house(request: Request) -> Response:
    """Make the organization and its owner, who is signed in at once."""
    demand_own_page(request, _installation(request).settings.base_url)
    form = await read_form(request)
    try:
        owner = await _set_up(request, form)
    except UnauthenticatedError:
        return _bare(request, "account/setup_refused.html", status=403)
    except ConvertOSError as error:
        return _bare(request, "account/setup.html", form=form.refused(error), status=422)
    log_in: LogIn = request.app.state.log_in
    session = await log_in.open(owner, request.headers.get("user-agent"))
    return _welcome(request, session, HOME)


async def _set_up(request: Request, form: Form) -> Caller:
    return await set_up(
        request.app.state.database,
        _installation(request).token_hasher,
        request.app.state.passwords,
        token=form.text("token"),
        organization=form.line("organization", "a name"),
        name=form.line("name", "a name"),
        email=form.text("email"),
        password=form.secret("password"),
    )


# -- light and dark ---------------------------------------------------------------------------------------


@router.post("/dashboard/theme")
async def choose_theme(desk: At) -> Response:
    """Light, dark, or as the system has it; the page's script does this without asking."""
    theme = desk.form.text("theme")
    response = RedirectResponse(inside(desk.form.text("next")), 303)
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=_YEAR, samesite="lax")
    else:
        response.delete_cookie(THEME_COOKIE)
    return response
