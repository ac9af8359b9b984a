"""`/dashboard/integrations/shopify`: connect a Shopify store, in one of three ways."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from convertos.core.errors import ConvertOSError, FieldError, InvalidError
from convertos.platforms.remote import Credentials, RemoteError
from convertos.platforms.shopify.approval import shop_of
from convertos.platforms.shopify.store import ShopifyStores
from convertos.sync import approval, connect
from convertos.sync.overview import list_integrations
from convertos.sync.stores import Stores
from convertos.tenancy.rights import Right
from convertos.web.desk import Desk, at
from convertos.web.forms import REFUSALS, Form
from convertos.web.integrations.shown import STORE_PATH, Summary, summary_of

router = APIRouter(include_in_schema=False)

PATH = "/dashboard/integrations/shopify"
CALLBACK = "/api/integrations/shopify/callback"
WAYS = (
    ("client_credentials", "App and store are in one organisation: nobody has to approve"),
    ("code", "The merchant approves the app in the browser"),
    ("token", "An access token of an older custom app"),
)
_MOST_SHOWN = 50
_OWN_FIELDS = {"shop", "mode", "client_id", "client_secret", "access_token"}
_FIELDS = {
    "client_refused": "client_secret",
    "grant_refused": "client_secret",
    "keys_refused": "access_token",
}

Reader = Annotated[Desk, at(Right.CONNECTIONS_READ)]
Writer = Annotated[Desk, at(Right.CONNECTIONS_WRITE)]


@router.get(PATH)
async def show(desk: Reader, connected: str = "") -> Response:
    """The stores that are connected, and the form for another one."""
    if desk.client is None:
        return desk.render("overview/no_client.html", title="Connect a Shopify store")
    async with desk.client_work() as work:
        found = (await list_integrations(work, limit=_MOST_SHOWN)).items
    if arrived := [each for each in found if connected and each.public_id == connected]:
        return desk.go(f"{STORE_PATH}/{arrived[0].connection_id}", saved="1")
    return _page(desk, desk.form, [summary_of(each) for each in found if each.type == "shopify"])


def _page(desk: Desk, form: Form, stores: Sequence[Summary] = (), *, status: int = 200) -> Response:
    settings = desk.installation.settings
    return desk.render(
        "integrations/shopify.html",
        status=status,
        stores=stores,
        form=form,
        ways=WAYS,
        callback=f"{settings.base_url}{CALLBACK}",
        has_default_app=settings.shopify_client_id is not None,
        is_reachable=settings.base_url.startswith("https://"),
    )


@router.post(PATH)
async def save(desk: Writer) -> Response:
    """Try the keys, and keep the store; or send the merchant to approve."""
    stores: Stores = desk.request.app.state.stores
    try:
        address, credentials = _address(desk), _credentials(desk)
        if credentials["mode"] == "code":
            return await _send_to_approve(desk, stores, address, credentials)
        proven = await connect.prove(stores, approval.approving_platform("shopify"), address, credentials)
    except (*REFUSALS, RemoteError) as error:
        return _page(desk, desk.form.refused(_beside_its_field(error)), status=422)
    async with desk.work() as work:
        kept = await connect.keep_store(
            work, desk.caller, desk.installation, stores, proven, client_id=desk.chosen.client_id
        )
    desk.request.app.state.directory.forget(kept.connection.public_id)
    return desk.go(f"{STORE_PATH}/{kept.connection.connection_id}", saved="1")


async def _send_to_approve(desk: Desk, stores: Stores, address: str, credentials: Credentials) -> Response:
    async with desk.work() as work:
        begun = await approval.begin(
            work,
            desk.caller,
            stores,
            approval.approving_platform("shopify"),
            client_id=desk.chosen.client_id,
            address=address,
            credentials=credentials,
            redirect_uri=f"{desk.installation.settings.base_url}{CALLBACK}",
        )
    # A form may not lead to another site (Content-Security-Policy); a link may.
    return desk.render(
        "integrations/shopify_approve.html", address=begun.address, shop=desk.form.text("shop")
    )


def _address(desk: Desk) -> str:
    platform = approval.approving_platform("shopify")
    assert isinstance(platform, ShopifyStores)  # noqa: S101 - narrows for the type checker
    return platform.address_of(shop_of(desk.form.text("shop")))


def _credentials(desk: Desk) -> Credentials:
    form, settings = desk.form, desk.installation.settings
    mode = form.text("mode") if form.text("mode") in dict(WAYS) else "client_credentials"
    default_secret = settings.shopify_client_secret
    client_id = form.text("client_id") or settings.shopify_client_id or ""
    secret = form.secret("client_secret").strip()
    if not secret and default_secret is not None:
        secret = default_secret.get_secret_value()
    if not secret:
        raise InvalidError.field("client_secret", "Copy it from the app's settings in the Dev Dashboard.")
    if mode == "token":
        token = form.secret("access_token").strip()
        if not token:
            raise InvalidError.field("access_token", "Copy the token; Shopify showed it once.")
        return {"mode": mode, "access_token": token, "client_secret": secret}
    if not client_id:
        raise InvalidError.field("client_id", "Copy it from the app's settings in the Dev Dashboard.")
    return {"mode": mode, "client_id": client_id, "client_secret": secret}


def _beside_its_field(error: ConvertOSError | RemoteError) -> ConvertOSError:
    if isinstance(error, RemoteError):
        message = f"{error.message} {error.advice}".strip()
        return InvalidError(message, FieldError(_FIELDS.get(error.code, "shop"), message), code=error.code)
    if isinstance(error, InvalidError) and not {each.field for each in error.fields} & _OWN_FIELDS:
        field = _FIELDS.get(error.code, "shop")
        return InvalidError(error.message, FieldError(field, error.message), code=error.code)
    return error
