"""How every route of the API runs, whatever it does:

who is calling, and may they → both spellings → the body, strictly → answered before? → the route, in one
transaction → committed → the answer
"""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response

from convertos.api.dependencies import May, UnitOfWork, authenticate, database_of, settings_of
from convertos.api.idempotency import once
from convertos.api.problems import Problem
from convertos.api.request_body import ContractRequest
from convertos.api.spelling import other_spellings, respelled

API_PREFIX = "/api"
LARGEST_BULK_BODY = 10 * 1024 * 1024
BULK = {"x-bulk": True}
"""`openapi_extra` of a route that takes bodies of up to 10 MiB."""


_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class ContractRoute(APIRoute):
    """A route of the API."""

    @property
    def demands(self) -> list[May]:
        """Who may call it; empty for everybody."""
        return [each.call for each in _all_dependants(self.dependant) if isinstance(each.call, May)]

    @property
    def query_names(self) -> set[str]:
        """The query parameters that it declares."""
        return {name for each in _all_dependants(self.dependant) for name in _query_names(each)}

    @property
    def is_bulk(self) -> bool:
        """Whether it takes large bodies."""
        return bool((self.openapi_extra or {}).get("x-bulk"))

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route with everything around it."""
        run = super().get_route_handler()
        spellings = other_spellings(self.query_names)
        demands = self.demands

        async def answer(request: Request) -> Response:
            scope = request.scope
            for demand in demands:
                await demand(request)
            _refuse_nul(scope)
            scope["query_as_sent"] = scope["query_string"]
            scope["query_string"] = respelled(scope["query_string"], spellings)
            contract_request = ContractRequest(scope, request.receive)
            if request.method not in _WITHOUT_BODY:
                largest = LARGEST_BULK_BODY if self.is_bulk else settings_of(request).max_body_bytes
                await contract_request.load(largest, is_json=self.body_field is not None)
            async with UnitOfWork(database_of(request)) as unit:
                contract_request.state.unit = unit
                if demands and request.method == "POST" and "idempotency-key" in request.headers:
                    caller = await authenticate(request)
                    return await once(contract_request, caller, await unit.transaction(caller), run)
                return await run(contract_request)

        return answer


def _refuse_nul(scope: Any) -> None:
    if any("\x00" in value for value in scope["path_params"].values() if isinstance(value, str)):
        raise Problem(404, "not_found", "There is no such thing here.")
    if b"%00" in scope["query_string"] or b"\x00" in scope["query_string"]:
        raise Problem(422, "invalid", "A value may not hold the character U+0000.", errors=[])


def _all_dependants(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from _all_dependants(each)


def _query_names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (each.alias or name for name, each in kind.model_fields.items())
        else:
            yield field.alias


def resource(path: str, tag: str) -> APIRouter:
    """The routes of one resource, below `/api`.

    Args:
        path: such as `/clients`; its routes add to it.
        tag: its heading in the reference.
    """
    return APIRouter(
        prefix=f"{API_PREFIX}{path}",
        tags=[tag],
        route_class=ContractRoute,
        generate_unique_id_function=lambda route: route.name,
    )
