"""`/api/integrations/woocommerce`: one click through the store's own approval page; the user copies nothing."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import Field

from convertos.api.contract import Answer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import address_of, demand_allowance, settings_of, stores_of
from convertos.api.integrations import Address, Writer
from convertos.api.problem_answers import problems
from convertos.platforms.woocommerce.approval import SentKeys
from convertos.sync import approval_by_keys
from convertos.sync.connect import store_address

router = resource("/integrations/woocommerce", "Store integrations")
CALLBACK = "/api/integrations/woocommerce/callback"
PAGE = "/dashboard/integrations/woocommerce/configure"


class ApprovedKeys(Shape):
    """What a store sends when its merchant agreed."""

    user_id: Annotated[str, Field(max_length=500, description="Our word for the approval.")]
    consumer_key: Annotated[str, Field(min_length=1, max_length=200)]
    consumer_secret: Annotated[str, Field(min_length=1, max_length=200)]
    key_permissions: Annotated[str, Field(max_length=40)] = ""
    key_id: int | str | None = None


class ReceivedAnswer(Answer):
    """The keys are kept, and will be tried."""


class ApprovalPageAnswer(Answer):
    """Where the merchant agrees."""

    auth_url: str


_SENT_ON: dict[int | str, dict[str, Any]] = {
    200: {"model": ApprovalPageAnswer, "description": "For programs that accept JSON alone."},
    303: {"description": "To the store's approval page."},
    **problems(404, 409, 422),
}


@router.get("/authorize", response_model=None, responses=_SENT_ON)
async def send_to_approval(
    caller: Writer,
    http_request: Request,
    client_id: Annotated[UUID, Query(alias="clientId")],
    store_url: Annotated[Address, Query(alias="storeUrl")],
) -> ApprovalPageAnswer | RedirectResponse:
    """Send the merchant to their store, to let us in there."""
    stores = stores_of(http_request)
    caller.demand_client(client_id)
    async with stores.work(caller.scope) as work:
        begun = await approval_by_keys.begin(
            work,
            caller,
            stores,
            client_id=client_id,
            address=store_address(store_url),
            base_url=settings_of(http_request).base_url,
            return_path=PAGE,
            callback_path=CALLBACK,
        )
    if http_request.headers.get("accept", "").strip() == "application/json":
        return ApprovalPageAnswer(auth_url=begun.address)
    return RedirectResponse(begun.address, status_code=303)


@router.post("/callback", responses=problems(409))
async def receive_keys(keys: Annotated[ApprovedKeys, Body()], http_request: Request) -> ReceivedAnswer:
    """A store sends its keys; it takes anything but 200 for a no, and deletes them."""
    await demand_allowance(http_request, f"address:{address_of(http_request)}")
    credentials = {"consumer_key": keys.consumer_key, "consumer_secret": keys.consumer_secret}
    sent = SentKeys(state=keys.user_id, credentials=credentials, permissions=keys.key_permissions)
    await approval_by_keys.receive(stores_of(http_request), sent)
    return ReceivedAnswer()
