"""`/dashboard/integrations/woocommerce/configure`: connect a WooCommerce store, by one click in it or by keys."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from convertos.core.errors import ConvertOSError, FieldError, InvalidError
from convertos.platforms import all_store_platforms
from convertos.sync import approval_by_keys, connect
from convertos.sync.overview import list_integrations
from convertos.sync.stores import Stores
from convertos.tenancy.rights import Right
from convertos.web.desk import Desk, at
from convertos.web.forms import REFUSALS, Form
from convertos.web.integrations.shown import STORE_PATH, Summary, summary_of

router = APIRouter(include_in_schema=False)

PATH = "/dashboard/integrations/woocommerce/configure"
CALLBACK = "/api/integrations/woocommerce/callback"
_MOST_SHOWN = 50
_FIELDS = {"storeUrl": "store_url", "consumerKey": "consumer_key", "consumerSecret": "consumer_secret"}

Reader = Annotated[Desk, at(Right.CONNECTIONS_READ)]
Writer = Annotated[Desk, at(Right.CONNECTIONS_WRITE)]


@router.get(PATH)
async def show(desk: Reader, user_id: str = "", success: str = "") -> Response:
    """The stores that are connected, and the form for another one; or how an approval went on."""
    if desk.client is None:
        return desk.render("overview/no_client.html", title="Connect a WooCommerce store")
    if user_id:
        return await _came_back(desk, user_id, is_refused=success == "0")
    return await _page(desk, desk.form)


async def _page(desk: Desk, form: Form, *, status: int = 200) -> Response:
    async with desk.client_work() as work:
        found = (await list_integrations(work, limit=_MOST_SHOWN)).items
    stores: Sequence[Summary] = [summary_of(each) for each in found if each.type == "woocommerce"]
    return desk.render(
        "integrations/woocommerce.html",
        status=status,
        stores=stores,
        form=form,
        path=PATH,
        is_reachable=desk.installation.settings.base_url.startswith("https://"),
    )


async def _came_back(desk: Desk, state: str, *, is_refused: bool) -> Response:
    stores: Stores = desk.request.app.state.stores
    try:
        async with desk.work() as work:
            outcome = await approval_by_keys.outcome(work, stores, state)
    except InvalidError as error:
        return await _page(desk, desk.form.refused(error), status=422)
    if outcome is not None and outcome.connection_id is not None:
        return desk.go(f"{STORE_PATH}/{outcome.connection_id}", saved="1")
    refusal = outcome.error if outcome is not None else None
    if is_refused:
        refusal = "The store was not let in: its approval was refused there."
    return desk.render("integrations/woocommerce_waiting.html", refusal=refusal, path=PATH)


@router.post(PATH)
async def save(desk: Writer) -> Response:
    """Try the keys, and keep the store; or send the merchant to approve."""
    stores: Stores = desk.request.app.state.stores
    try:
        address = connect.store_address(desk.form.text("store_url"))
        if not desk.form.text("consumer_key"):
            return await _send_to_approve(desk, stores, address)
        proven = await connect.prove(
            stores, all_store_platforms()["woocommerce"], address, _credentials(desk.form)
        )
    except REFUSALS as error:
        return await _page(desk, desk.form.refused(_beside_its_field(error)), status=422)
    async with desk.work() as work:
        kept = await connect.keep_store(
            work, desk.caller, desk.installation, stores, proven, client_id=desk.chosen.client_id
        )
    desk.request.app.state.directory.forget(kept.connection.public_id)
    return desk.go(f"{STORE_PATH}/{kept.connection.connection_id}", saved="1")


async def _send_to_approve(desk: Desk, stores: Stores, address: str) -> Response:
    async with desk.work() as work:
        begun = await approval_by_keys.begin(
            work,
            desk.caller,
            stores,
            client_id=desk.chosen.client_id,
            address=address,
            base_url=desk.installation.settings.base_url,
            return_path=PATH,
            callback_path=CALLBACK,
        )
    # A form may not lead to another site (Content-Security-Policy); a link may.
    return desk.render(
        "integrations/woocommerce_approve.html", address=begun.address, shop=address, path=PATH
    )


def _credentials(form: Form) -> dict[str, str]:
    secret = form.secret("consumer_secret").strip()
    if not secret:
        raise InvalidError.field("consumer_secret", "Paste the consumer secret, too; it begins with cs_.")
    return {"consumer_key": form.text("consumer_key"), "consumer_secret": secret}


def _beside_its_field(error: ConvertOSError) -> ConvertOSError:
    if not isinstance(error, InvalidError):
        return error
    if not error.fields:
        return InvalidError(error.message, FieldError("store_url", error.message), code=error.code)
    fields = [FieldError(_FIELDS.get(each.field, each.field), each.message) for each in error.fields]
    return InvalidError(error.message, *fields, code=error.code)
