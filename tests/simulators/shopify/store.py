"""A Shopify store: its Admin API against the real schema, its tokens, its bulk files, its budget.

Everything is a function of what is asked and of a clock that is handed in, so a test can turn time forward.
What goes wrong is a plan: a function that is asked at each request.

Source: integrations.md A3 to A6, checked 2026-11.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

from graphql import ExecutionResult, GraphQLError, GraphQLResolveInfo, execute_sync, get_named_type, validate

from tests.simulators.shopify.schema import (
    NEWEST,
    PageTooLargeError,
    cost_of,
    document_of,
    schema_of,
)
from tests.simulators.shopify.truth import Node, Truth, stamp

_GRAPHQL = re.compile(r"/admin/api/(\d{4}-\d{2})/graphql\.json")
_FILTER = re.compile(r"(\w+):(>=|<)'([^']+)'")
_SORT_FIELDS = {
    "UPDATED_AT": "updatedAt", "CREATED_AT": "createdAt", "PROCESSED_AT": "processedAt", "ID": "legacyResourceId"
}  # fmt: skip
_FILTER_FIELDS = {"updated_at": "updatedAt", "created_at": "createdAt", "processed_at": "processedAt"}
_SCOPES = {"orders": "read_orders", "customers": "read_customers", "products": "read_products"}
_PROTECTED = {
    "Order": {"email", "phone"},
    "Customer": {"firstName", "lastName", "displayName"},
    "CustomerEmailAddress": {"emailAddress"},
    "CustomerPhoneNumber": {"phoneNumber"},
    "MailingAddress": {"firstName", "lastName", "phone", "address1", "zip"},
}
_VISIBLE = timedelta(days=60)


class Fault(Enum):
    """What can go wrong with one request."""

    SLOW_DOWN = "429"
    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    PAGE_FOR_PEOPLE = "an HTML page with status 200"
    CUT_OFF = "truncated JSON"
    THROTTLED = "the budget is used up"
    TOKEN_ENDED = "the token is not good any more"
    ANSWER_LOST = "it was done, but nobody heard"


Plan = Callable[[str], Fault | None]
"""Asked at each request, with what it asks for (a question's name, `token`, `file`)."""


class LostAnswerError(Exception):
    """The connection broke before the answer came."""


class Answered(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Tokens:
    """The app's tokens in this store."""

    client_id: str = "example-client-id"
    client_secret: str = "example-client-secret-not-real"
    access: dict[str, datetime | None] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    granted: int = 0
    seconds: int = 3600
    is_revoked: bool = False


@dataclass
class Store:
    """One store with one app in it.

    Attributes:
        requests: the name of everything that was asked, in order.
        on_request: something that happens in the store while it is asked.
        points: maximum, and how many are restored a second.
        largest_cost: what one question may cost.
    """

    truth: Truth
    clock: Callable[[], datetime]
    scopes: set[str] = field(
        default_factory=lambda: {"read_orders", "read_customers", "read_products", "read_all_orders"}
    )
    shows_people: bool = True
    plan: Plan = lambda _: None
    on_request: Callable[[str], None] = lambda _: None
    points: tuple[float, float] = (2000.0, 100.0)
    largest_cost: int = 1000
    tokens: Tokens = field(default_factory=Tokens)
    domain: str = "example-store.myshopify.com"
    url: str = ""
    bulk_fails: bool = False
    bulk_lines_kept: int | None = None
    polls_until_written: int = 2
    takes_plain_http: bool = False
    requests: list[str] = field(default_factory=list)
    subscriptions: dict[str, Node] = field(default_factory=dict)
    operations: dict[str, Node] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    _available: float | None = None
    _counted_at: datetime | None = None
    _numbers: int = 0

    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    # -- HTTP --------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Answer one request; raises `LostAnswerError` where the connection breaks instead."""
        if path == "/admin/oauth/access_token":
            return self._with_faults("token", lambda: self._grant(json.loads(body)))
        if path.startswith("/files/"):
            return self._with_faults("file", lambda: self._file(path))
        match = _GRAPHQL.fullmatch(path)
        if match is None or method != "POST":
            return _json(404, {"errors": "Not Found"})
        asked = json.loads(body)
        name = _name_of(asked["query"])
        return self._with_faults(name, lambda: self._graphql(match[1], headers, asked))

    def _with_faults(self, name: str, answer: Callable[[], Answered]) -> Answered:
        self.requests.append(name)
        self.on_request(name)
        fault = self.plan(name)
        if fault is Fault.SLOW_DOWN:
            return Answered(429, {"retry-after": "2.0"}, b'{"errors":"Throttled"}')
        if fault in {Fault.SERVER_ERROR, Fault.BAD_GATEWAY}:
            return Answered(int(fault.value), {"content-type": "text/html"}, b"<h1>Something went wrong</h1>")
        if fault is Fault.PAGE_FOR_PEOPLE:
            return Answered(200, {"content-type": "text/html"}, b"<!doctype html><title>Log in</title>")
        if fault is Fault.TOKEN_ENDED:
            self.tokens.access.clear()
        if fault is Fault.THROTTLED:
            self._take(0.0)
            self._available = 0.0
        answered = answer()
        if fault is Fault.ANSWER_LOST:
            raise LostAnswerError
        if fault is Fault.CUT_OFF:
            return answered._replace(body=answered.body[: len(answered.body) // 2])
        return answered

    # -- Tokens ------------------------------------------------------------------------------------------

    def _grant(self, asked: Mapping[str, Any]) -> Answered:
        tokens = self.tokens
        if asked.get("client_id") != tokens.client_id or asked.get("client_secret") != tokens.client_secret:
            return _json(400, {"error": "invalid_client"})
        if tokens.is_revoked:
            return _json(400, {"error": "app_not_installed"})
        kind = asked.get("grant_type", "code")
        if kind == "client_credentials":
            return _json(200, self._new_token(86399))
        if kind == "refresh_token":
            return self._refresh(asked["refresh_token"])
        if asked["code"] not in tokens.codes:
            return _json(400, {"error": "invalid_request"})
        tokens.codes.discard(asked["code"])
        return _json(200, {**self._new_token(tokens.seconds), **self._new_refresh_token()})

    def _refresh(self, old: str) -> Answered:
        # The old token is good until its replacement is first used.
        tokens = self.tokens
        if old not in tokens.refresh:
            return _json(400, {"error": "invalid_grant"})
        for earlier in [token for token, replacement in tokens.refresh.items() if replacement == old]:
            del tokens.refresh[earlier]
        following = self._new_refresh_token()
        tokens.refresh[old] = following["refresh_token"]
        return _json(200, {**self._new_token(tokens.seconds), **following})

    def _new_token(self, seconds: int) -> dict[str, Any]:
        self.tokens.granted += 1
        token = f"shpat_{self.tokens.granted}"
        self.tokens.access[token] = self.clock() + timedelta(seconds=seconds)
        return {"access_token": token, "scope": ",".join(sorted(self.scopes)), "expires_in": seconds}

    def _new_refresh_token(self) -> dict[str, Any]:
        token = f"shprt_{self.number()}"
        self.tokens.refresh[token] = ""
        return {"refresh_token": token, "refresh_token_expires_in": 7_776_000}

    def _is_known(self, token: str) -> bool:
        if token not in self.tokens.access:
            return False
        ends_at = self.tokens.access[token]
        return ends_at is None or self.clock() < ends_at

    # -- GraphQL -----------------------------------------------------------------------------------------

    def _graphql(self, version: str, headers: Mapping[str, str], asked: Mapping[str, Any]) -> Answered:
        if not self._is_known(headers.get("x-shopify-access-token", "")):
            return _json(401, {"errors": "[API] Invalid API key or access token (unrecognized login)"})
        schema, document = schema_of(version), document_of(asked["query"])
        variables = asked.get("variables") or {}
        problems = validate(schema, document)
        assert problems == [], problems
        try:
            cost = cost_of(schema, document, variables)
        except PageTooLargeError:
            return _json(200, {"errors": [{"message": "first must be at most 250"}]})
        if cost > self.largest_cost:
            code = {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": self.largest_cost}
            return _json(200, {"errors": [{"message": "Query cost is too high", "extensions": code}]})
        if not self._take(cost):
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return _json(200, {"errors": [error], "extensions": self._extensions(cost)})
        result = execute_sync(
            schema, document, root_value=_Root(self), variable_values=variables, field_resolver=self._resolve
        )
        assert isinstance(result, ExecutionResult)
        content: dict[str, Any] = {"data": result.data, "extensions": self._extensions(cost)}
        if result.errors:
            content["errors"] = [error.formatted for error in result.errors]
        return _json(200, content, {"x-shopify-api-version": NEWEST})

    def _take(self, cost: float) -> bool:
        most, rate = self.points
        now = self.clock()
        if self._available is None or self._counted_at is None:
            self._available = most
        else:
            restored = (now - self._counted_at).total_seconds() * rate
            self._available = min(most, self._available + restored)
        self._counted_at = now
        if cost > self._available:
            return False
        self._available -= cost
        return True

    def _extensions(self, cost: float) -> dict[str, Any]:
        most, rate = self.points
        throttle = {
            "maximumAvailable": most, "currentlyAvailable": self._available or 0.0, "restoreRate": rate
        }  # fmt: skip
        return {"cost": {"requestedQueryCost": cost, "actualQueryCost": cost, "throttleStatus": throttle}}

    def _resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        name = info.field_name
        if isinstance(source, _Root):
            return getattr(source, name)(**arguments)
        if not self.shows_people and name in _PROTECTED.get(info.parent_type.name, ()):
            return None
        value = source.get(name)
        if get_named_type(info.return_type).name.endswith("Connection") and isinstance(value, list):
            return _page(value, arguments, lambda node: str(value.index(node)).zfill(6))
        return value

    def visible(self, word: str) -> list[Node]:
        """What the app may see."""
        if _SCOPES[word] not in self.scopes:
            raise GraphQLError(
                f"Access denied for {word} field.", extensions={"code": "ACCESS_DENIED"}, path=[word]
            )
        nodes = list(self.truth.of(word).values())
        if word != "orders" or "read_all_orders" in self.scopes:
            return nodes
        return [node for node in nodes if _at(node["createdAt"]) > self.clock() - _VISIBLE]

    # -- Bulk operations ---------------------------------------------------------------------------------

    def write_file(self, operation: Node) -> None:
        """End a bulk operation: write its file from what the store holds now."""
        if self.bulk_fails:
            operation |= {
                "status": "FAILED",
                "errorCode": "INTERNAL_SERVER_ERROR",
                "completedAt": stamp(self.clock()),
            }
            return
        result = execute_sync(
            schema_of(NEWEST),
            document_of(operation["query"]),
            root_value=_Root(self, is_bulk=True),
            field_resolver=self._resolve,
        )
        assert result.errors is None, result.errors
        assert result.data is not None
        (root,) = result.data.values()
        lines = [line for edge in root["edges"] for line in _lines_of(edge["node"])]
        roots = len(root["edges"])
        if self.bulk_lines_kept is not None:
            lines = lines[: self.bulk_lines_kept]
        key = operation["id"].rsplit("/", 1)[1]
        self.files[key] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        operation |= {
            "status": "COMPLETED",
            "completedAt": stamp(self.clock()),
            "objectCount": str(len(lines)),
            "rootObjectCount": str(roots),
            "url": f"{self.url}/files/{key}?signature=example" if roots else None,
        }

    def _file(self, path: str) -> Answered:
        key = path.removeprefix("/files/").partition("?")[0]
        found = self.files.get(key)
        if found is None:
            return Answered(404, {}, b"")
        return Answered(200, {"content-type": "application/jsonl"}, found)


class _Root:
    """The root fields that our questions ask for."""

    def __init__(self, store: Store, *, is_bulk: bool = False) -> None:
        self.store = store
        self.is_bulk = is_bulk

    def shop(self) -> Node:
        return {
            "id": "gid://shopify/Shop/600123",
            "name": "Example Store",
            "myshopifyDomain": self.store.domain,
            "currencyCode": "EUR",
            "ianaTimezone": "Europe/Berlin",
            "primaryDomain": {"host": "www.example-store.test"},
            "plan": {"publicDisplayName": "Basic", "partnerDevelopment": False},
        }

    def currentAppInstallation(self) -> Node:  # noqa: N802 - Shopify's name
        return {"accessScopes": [{"handle": scope} for scope in sorted(self.store.scopes)]}

    def _list(self, word: str, arguments: dict[str, Any]) -> Node:
        nodes = _filtered(self.store.visible(word), arguments.get("query"))
        sort_field = _SORT_FIELDS[arguments.get("sortKey") or "ID"]

        def key(node: Node) -> str:
            return f"{node[sort_field]}|{node['legacyResourceId'].zfill(20)}"

        if self.is_bulk:
            arguments = {"first": len(nodes)}
        return _page(sorted(nodes, key=key, reverse=bool(arguments.get("reverse"))), arguments, key)

    def orders(self, **arguments: Any) -> Node:
        return self._list("orders", arguments)

    def customers(self, **arguments: Any) -> Node:
        return self._list("customers", arguments)

    def products(self, **arguments: Any) -> Node:
        return self._list("products", arguments)

    def _count(self, word: str, arguments: dict[str, Any]) -> Node:
        found = len(_filtered(self.store.visible(word), arguments.get("query")))
        limit = arguments.get("limit", 10_000)
        is_cut = limit is not None and found > limit
        return {"count": min(found, limit or found), "precision": "AT_LEAST" if is_cut else "EXACT"}

    def ordersCount(self, **arguments: Any) -> Node:  # noqa: N802
        return self._count("orders", arguments)

    def customersCount(self, **arguments: Any) -> Node:  # noqa: N802
        return self._count("customers", arguments)

    def productsCount(self, **arguments: Any) -> Node:  # noqa: N802
        return self._count("products", arguments)

    def nodes(self, ids: Sequence[str]) -> list[Node | None]:
        return [self._node(gid) for gid in ids]

    def _node(self, gid: str) -> Node | None:
        kind, number = gid.rsplit("/", 2)[1:]
        word = f"{kind.lower()}s"
        return {node["id"]: node for node in self.store.visible(word)}.get(gid) if number else None

    def order(self, id: str) -> Node | None:  # noqa: A002 - Shopify's name
        return self._node(id)

    def product(self, id: str) -> Node | None:  # noqa: A002
        return self._node(id)

    def webhookSubscriptions(self, **arguments: Any) -> Node:  # noqa: N802
        return _page(list(self.store.subscriptions.values()), arguments, lambda node: str(node["id"]))

    def webhookSubscriptionCreate(self, topic: str, webhookSubscription: Node) -> Node:  # noqa: N802, N803
        uri = webhookSubscription["uri"]
        if not uri.startswith("https://") and not self.store.takes_plain_http:
            return _refused("webhookSubscription", "Address protocol http:// is not supported")
        taken = [s for s in self.store.subscriptions.values() if (s["topic"], s["uri"]) == (topic, uri)]
        if taken:
            return _refused("webhookSubscription", "Address for this topic has already been taken")
        gid = f"gid://shopify/WebhookSubscription/{self.store.number()}"
        made = {"id": gid, "topic": topic, "uri": uri, "format": "JSON"}
        self.store.subscriptions[gid] = made
        return {"webhookSubscription": made, "userErrors": []}

    def webhookSubscriptionUpdate(self, id: str, webhookSubscription: Node) -> Node:  # noqa: A002, N802, N803
        if id not in self.store.subscriptions:
            return _refused("webhookSubscription", "Webhook subscription does not exist")
        self.store.subscriptions[id]["uri"] = webhookSubscription["uri"]
        return {"webhookSubscription": self.store.subscriptions[id], "userErrors": []}

    def webhookSubscriptionDelete(self, id: str) -> Node:  # noqa: A002, N802
        if self.store.subscriptions.pop(id, None) is None:
            return _refused("deletedWebhookSubscriptionId", "Webhook subscription does not exist")
        return {"deletedWebhookSubscriptionId": id, "userErrors": []}

    def bulkOperationRunQuery(self, query: str, groupObjects: bool) -> Node:  # noqa: FBT001, N802, N803
        assert groupObjects
        running = [o for o in self.store.operations.values() if o["status"] in {"CREATED", "RUNNING"}]
        if len(running) >= 5:
            error = {
                "message": "Too many bulk operations are running.",
                "code": "LIMIT_REACHED",
                "field": None,
            }
            return {"bulkOperation": None, "userErrors": [error]}
        gid = f"gid://shopify/BulkOperation/{self.store.number()}"
        made = {
            "id": gid,
            "status": "CREATED",
            "createdAt": stamp(self.store.clock()),
            "objectCount": "0",
            "rootObjectCount": "0",
            "url": None,
            "errorCode": None,
            "query": query,
            "polls": 0,
        }
        self.store.operations[gid] = made
        return {"bulkOperation": made, "userErrors": []}

    def bulkOperation(self, id: str) -> Node | None:  # noqa: A002, N802
        operation = self.store.operations.get(id)
        if operation is not None and operation["status"] in {"CREATED", "RUNNING"}:
            operation["status"] = "RUNNING"
            operation["polls"] += 1
            if operation["polls"] > self.store.polls_until_written:
                self.store.write_file(operation)
        return operation


def _refused(name: str, message: str) -> Node:
    return {name: None, "userErrors": [{"field": ["webhookSubscription"], "message": message}]}


def _page(nodes: Sequence[Node], arguments: Mapping[str, Any], key: Callable[[Node], str]) -> Node:
    first, after = arguments.get("first"), arguments.get("after")
    if after is not None:
        place = base64.b64decode(after).decode()
        nodes = [node for node in nodes if key(node) > place]
    cut = list(nodes if first is None else nodes[:first])
    end = base64.b64encode(key(cut[-1]).encode()).decode() if cut else None
    return {
        "nodes": cut,
        "edges": [{"node": node} for node in cut],
        "pageInfo": {"hasNextPage": len(cut) < len(nodes), "endCursor": end},
    }


def _filtered(nodes: Sequence[Node], query: str | None) -> list[Node]:
    found = list(nodes)
    for name, operator, value in _FILTER.findall(query or ""):
        bound, member = _at(value), _FILTER_FIELDS[name]
        if operator == ">=":
            found = [node for node in found if _at(node[member]) >= bound]
        else:
            found = [node for node in found if _at(node[member]) < bound]
    return found


def _lines_of(node: Node) -> Iterator[Node]:
    children = {name: value for name, value in node.items() if isinstance(value, dict) and "edges" in value}
    yield {name: value for name, value in node.items() if name not in children}
    for value in children.values():
        for edge in value["edges"]:
            yield {**edge["node"], "__parentId": node["id"]}


def _at(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


def _name_of(query: str) -> str:
    match = re.search(r"(?:query|mutation) (\w+)", query)
    return match[1] if match else "query"


def _json(status: int, content: object, headers: dict[str, str] | None = None) -> Answered:
    return Answered(
        status, {"content-type": "application/json", **(headers or {})}, json.dumps(content).encode()
    )
