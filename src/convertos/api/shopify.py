"""`/api/integrations/shopify`: three ways to connect a Shopify store."""

from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import RedirectResponse
from pydantic import Field, StringConstraints

from convertos.api.contract import Answer, Line, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import (
    address_of,
    demand_allowance,
    installation_of,
    settings_of,
    stores_of,
)
from convertos.api.integrations import ConnectedAnswer, Writer, shape_of
from convertos.api.problem_answers import problems
from convertos.core.errors import FieldError, InvalidError, UnauthenticatedError
from convertos.core.settings import Settings
from convertos.platforms.remote import Credentials, RemoteError
from convertos.platforms.shopify.approval import shop_of
from convertos.platforms.shopify.store import ShopifyStores
from convertos.sync import approval, connect, overview
from convertos.sync.stores import Stores
from convertos.tenancy.authenticate import Authenticator
from convertos.tenancy.model import ActorKind, Caller
from convertos.tenancy.rights import Right
from convertos.tenancy.sessions import SESSION_COOKIE

router = resource("/integrations/shopify", "Store integrations")
PAGE = "/dashboard/integrations/shopify"
CALLBACK = "/api/integrations/shopify/callback"
SAVED = "Configuration saved! Setting up purchase tracking…"

Shop = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    Field(description="Its address, in any spelling.", examples=["example-store.myshopify.com"]),
]
Word = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$"),
    Field(examples=["0a1b2c3d4e5f60718293a4b5c6d7e8f9"]),
]
_FIELDS = {
    "client_refused": "appClientSecret",
    "grant_refused": "appClientSecret",
    "keys_refused": "accessToken",
    "client_missing": "appClientId",
}


class ShopifyApp(Shape):
    """A Shopify store, and the app that is to be let in."""

    client_id: UUID
    shop: Shop
    app_client_id: Annotated[Word | None, Field(description="Default: SHOPIFY_CLIENT_ID.")] = None
    app_client_secret: Annotated[Word | None, Field(description="Default: SHOPIFY_CLIENT_SECRET.")] = None
    mode: Annotated[
        Literal["code", "client_credentials"],
        Field(
            description="`code`: the merchant approves in the browser. `client_credentials`: app and store "
            "belong to one organisation, and nobody has to approve."
        ),
    ] = "code"
    name: Line | None = None


class ShopifyToken(Shape):
    """A Shopify store, and the token of an older custom app."""

    client_id: UUID
    shop: Shop
    access_token: Word
    api_secret_key: Annotated[Word, Field(description="What the app signs its webhooks with.")]
    name: Line | None = None


class ApprovalAnswer(Answer):
    """Where the merchant approves."""

    auth_url: str


@router.post("/connect", status_code=201, responses=problems(404))
async def connect_shopify(
    app: ShopifyApp, caller: Writer, http_request: Request
) -> ConnectedAnswer | ApprovalAnswer:
    """Connect a Shopify store by an app: at once, or by the merchant's approval."""
    caller.demand_client(app.client_id)
    address, credentials = _address(app.shop), _app(app, settings_of(http_request))
    if app.mode == "client_credentials":
        return await keep(http_request, caller, address, credentials, client_id=app.client_id, name=app.name)
    stores = stores_of(http_request)
    async with stores.work(caller.scope) as work:
        begun = await approval.begin(
            work,
            caller,
            stores,
            approval.approving_platform("shopify"),
            client_id=app.client_id,
            address=address,
            credentials=credentials,
            redirect_uri=f"{settings_of(http_request).base_url}{CALLBACK}",
        )
    return ApprovalAnswer(auth_url=begun.address)


@router.post("/token", status_code=201, responses=problems(404))
async def connect_shopify_by_token(
    token: ShopifyToken, caller: Writer, http_request: Request
) -> ConnectedAnswer:
    """Connect a Shopify store by the access token of an older custom app."""
    caller.demand_client(token.client_id)
    credentials = {"access_token": token.access_token, "client_secret": token.api_secret_key, "mode": "token"}
    return await keep(
        http_request, caller, _address(token.shop), credentials, client_id=token.client_id, name=token.name
    )


Returned = Annotated[str, Query(max_length=2000)]
_CAME_BACK: dict[int | str, dict[str, Any]] = {
    200: {"model": ConnectedAnswer},
    303: {"description": "To the connection's page, for browsers."},
    **problems(401, 404, 422),
}


@router.get("/callback", response_model=None, responses=_CAME_BACK)
async def shopify_came_back(
    http_request: Request,
    *,
    shop: Returned = "",  # noqa: ARG001 - named for the reference; the signature is over what was sent
    code: Returned = "",  # noqa: ARG001
    state: Returned = "",  # noqa: ARG001
    hmac: Returned = "",  # noqa: ARG001
    timestamp: Returned = "",  # noqa: ARG001
) -> ConnectedAnswer | RedirectResponse:
    """The merchant comes back from Shopify: signature, shop and state are checked, the store is connected."""
    await demand_allowance(http_request, f"address:{address_of(http_request)}")
    is_browser = "text/html" in http_request.headers.get("accept", "")
    answer = await _take_back(http_request)
    if is_browser:
        return RedirectResponse(f"{PAGE}?connected={answer.integration.connection_id}", status_code=303)
    return answer


async def _take_back(http_request: Request) -> ConnectedAnswer:
    as_sent = http_request.scope["query_as_sent"].decode("latin-1")
    stores, query = stores_of(http_request), dict(parse_qsl(as_sent, keep_blank_values=True))
    returned = await approval.come_back(stores, query)
    caller = await _who_began(http_request, returned)
    try:
        proven = await approval.redeem(stores, returned, query)
    except RemoteError as error:
        raise refusal(error) from error
    return await _keep_proven(http_request, caller, proven, client_id=returned.approval.client_id)


async def _who_began(http_request: Request, returned: approval.Returned) -> Caller:
    """Whoever sent the merchant, as they are now; a person has to come back in their own browser."""
    authenticator: Authenticator = http_request.app.state.authenticator
    kind, actor_id = returned.actor
    if kind is ActorKind.USER:
        cookie = http_request.cookies.get(SESSION_COOKIE)
        session = await authenticator.session(cookie) if cookie else None
        if session is None or session.caller.actor_id != actor_id:
            raise UnauthenticatedError("Come back in the browser in which you began.")
    caller = await authenticator.again(kind, returned.approval.organization_id, actor_id)
    caller.demand(Right.CONNECTIONS_WRITE)
    caller.demand_client(returned.approval.client_id)
    return caller


def _address(shop: str) -> str:
    platform = approval.approving_platform("shopify")
    assert isinstance(platform, ShopifyStores)  # noqa: S101 - narrows for the type checker
    try:
        return platform.address_of(shop_of(shop))
    except RemoteError as error:
        raise refusal(error) from error


def _app(app: ShopifyApp, settings: Settings) -> Credentials:
    default_secret = settings.shopify_client_secret
    client_id = app.app_client_id or settings.shopify_client_id
    client_secret = app.app_client_secret or (default_secret and default_secret.get_secret_value())
    if not client_id or not client_secret:
        raise InvalidError.field(
            "appClientSecret" if client_id else "appClientId",
            "Enter the client id and secret of your app (Dev Dashboard > your app > Settings).",
        )
    return {"client_id": client_id, "client_secret": client_secret, "mode": app.mode}


async def keep(
    http_request: Request,
    caller: Caller,
    address: str,
    credentials: Credentials,
    *,
    client_id: UUID,
    name: str | None = None,
) -> ConnectedAnswer:
    """Try keys on a store, and keep it."""
    proven = await _prove(stores_of(http_request), address, credentials)
    return await _keep_proven(http_request, caller, proven, client_id=client_id, name=name)


async def _prove(stores: Stores, address: str, credentials: Credentials) -> connect.Proven:
    try:
        return await connect.prove(stores, approval.approving_platform("shopify"), address, credentials)
    except InvalidError as error:
        field = FieldError(_FIELDS.get(error.code, "shop"), error.message)
        raise InvalidError(error.message, field, code=error.code) from error


async def _keep_proven(
    http_request: Request,
    caller: Caller,
    proven: connect.Proven,
    *,
    client_id: UUID,
    name: str | None = None,
) -> ConnectedAnswer:
    stores, installation = stores_of(http_request), installation_of(http_request)
    async with stores.work(caller.scope) as work:
        connected = await connect.keep_store(
            work, caller, installation, stores, proven, client_id=client_id, name=name
        )
        found = await overview.read_integration(work, connected.connection.public_id)
    http_request.app.state.directory.forget(found.public_id)
    return ConnectedAnswer(integration=shape_of(found), message=SAVED, sync_id=connected.sync_id)


def refusal(error: RemoteError) -> InvalidError:
    """What a platform refuses, as the answer to whoever wanted to connect."""
    message = f"{error.message} {error.advice}".strip()
    return InvalidError(message, FieldError(_FIELDS.get(error.code, "shop"), message), code=error.code)
