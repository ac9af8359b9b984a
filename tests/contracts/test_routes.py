"""What is true of every route of the API, those included that are yet to be written."""

import json
from typing import Any

import httpx
import pytest
from tests.contracts.strangers import Stranger, make_stranger, rows_of
from tests.support.callers import key_of, program_of, site_key_of
from tests.support.house import House
from tests.support.routes import Operation, document, operations
from tests.support.tenants import Tenant, make_source

from convertos.core.database import Database
from convertos.tenancy.rights import KEY_SCOPES

EVERY = operations()
GUARDED = [each for each in EVERY if not each.is_public]
WITH_RIGHT = [each for each in GUARDED if each.rights]
WITH_ID = [each for each in GUARDED if each.path_names]
WITH_BODY = [each for each in EVERY if each.body_schema is not None]
NOWHERE = "0192f0c1-6b1e-7c3e-9d53-0f7a3c1f6a11"

HOSTILE_JSON = [
    '"\\u0000"',
    '"\\ud800"',
    "1e400",
    "NaN",
    "9" * 5000,
    "-1e-400",
    "[" * 2000 + "]" * 2000,
    json.dumps("x" * 100_000),
    json.dumps("' OR 1=1 --\n"),
    "null",
    "{}",
    "[]",
    "true",
    '"0192f0c1"',
    '"9999-99-99"',
]
HOSTILE_QUERY = [
    "",
    "\x00",
    "'",
    "x" * 5000,
    "-1",
    "1e400",
    "99999999999999999999",
    "ÿ",
    "{}",
    "a,b",
    "2025-02-30",
]


@pytest.fixture(scope="module")
async def stranger(house: House, database: Database) -> Stranger:
    return await make_stranger(database, house.installation)


@pytest.fixture
async def program(house: House, database: Database, tenant: Tenant) -> httpx.AsyncClient:
    """A program of the tenant that may everything, with the key of one of its sites."""
    key = await key_of(database, house.installation, tenant)
    site = await make_source(database, house.installation, tenant, "wordpress")
    site_key = await site_key_of(database, house.installation, site)
    return house.http(**{"authorization": f"Bearer {key}", "x-api-key": site_key})


def assert_problem(answer: httpx.Response, *statuses: int) -> None:
    """The one shape of every error."""
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    content = answer.json()
    assert content["type"] == f"urn:convertos:problem:{content['code']}"
    assert (content["status"], content["success"]) == (answer.status_code, False)
    assert content["title"]
    assert content["detail"]
    assert content["instance"].startswith("urn:")
    assert answer.headers["x-request-id"] == content["requestId"]
    assert int(answer.headers["ratelimit-remaining"]) <= int(answer.headers["ratelimit-limit"])


def assert_documented(operation: Operation, answer: httpx.Response) -> None:
    """Whoever reads the reference expects this status."""
    assert str(answer.status_code) in operation.described["responses"], answer.text


async def call(
    http: httpx.AsyncClient, operation: Operation, ids: dict[str, object], **more: Any
) -> httpx.Response:
    """Call a route with as little as it takes."""
    known = {name: ids.get(name, NOWHERE) for name in operation.path_names}
    arguments: dict[str, Any] = {"params": operation.query}
    if operation.body_schema is not None:
        arguments["json"] = operation.body
    answer = await http.request(operation.method, operation.address(known), **(arguments | more))
    assert_documented(operation, answer)
    return answer


@pytest.mark.parametrize("operation", GUARDED, ids=str)
async def test_anonymous(house: House, operation: Operation) -> None:
    """Who does not say who they are is refused, before anything they sent is looked at."""
    async with house.http() as http:
        for credentials in (
            {},
            {"authorization": "Bearer cos_" + "x" * 46},
            {"authorization": "Bearer a.b.c"},
            {"authorization": "Basic dTpw"},
            {"cookie": "convertos_session=made-up"},
            {"x-api-key": "csk_" + "x" * 46},
        ):
            answer = await call(http, operation, {}, headers=credentials)
            assert_problem(answer, 401)
            nonsense = await call(http, operation, {}, headers=credentials, json=None, content=b"{nonsense")
            assert_problem(nonsense, 401)


@pytest.mark.parametrize("operation", WITH_RIGHT, ids=str)
async def test_missing_right(house: House, database: Database, tenant: Tenant, operation: Operation) -> None:
    """A key with every right but the one that is needed is refused, and told which it lacks."""
    scopes = [scope for scope in KEY_SCOPES if scope != "all" and scope not in operation.rights]
    async with await program_of(house, database, tenant, scopes) as http:
        answer = await call(http, operation, {"client_id": tenant.client_id})
    assert_problem(answer, 403)
    assert any(right in answer.json()["detail"] for right in operation.rights)


@pytest.mark.parametrize("operation", WITH_ID, ids=str)
async def test_other_tenant(
    program: httpx.AsyncClient, stranger: Stranger, database: Database, operation: Operation
) -> None:
    """What belongs to somebody else can't be told from what does not exist, and stays as it is."""
    missing = set(operation.path_names) - stranger.ids.keys()
    assert not missing, f"tests/contracts/strangers.py knows no {missing}"
    before = await rows_of(database, stranger.tenant)
    async with program as http:
        theirs = await call(http, operation, stranger.ids)
        nobodys = await call(http, operation, {})
    assert_problem(theirs, 404)
    assert_problem(nobodys, 404)
    assert theirs.json()["detail"] == nobodys.json()["detail"]
    assert await rows_of(database, stranger.tenant) == before


@pytest.mark.parametrize("operation", GUARDED, ids=str)
async def test_other_tenants_client_in_body_or_query(
    program: httpx.AsyncClient, stranger: Stranger, database: Database, operation: Operation
) -> None:
    """To name somebody else's client anywhere leads nowhere, and shows nothing of theirs."""
    before = await rows_of(database, stranger.tenant)
    client_id = str(stranger.tenant.client_id)
    named = [
        each["name"] for each in operation.parameters("query") if each["name"] in {"clientId", "client_id"}
    ]
    properties = (operation.body_schema or {}).get("properties", {})
    undeclared = dict.fromkeys(("clientId", "client_id"), client_id)
    undeclared |= {
        name: str(stranger.tenant.organization_id) for name in ("organizationId", "organization_id")
    }
    in_body: dict[str, object] = {name: client_id for name in ("clientId", "client_id") if name in properties}
    in_body |= {name: [client_id] for name in ("clientIds", "client_ids") if name in properties}
    async with program as http:
        if named:
            answer = await call(http, operation, {}, params={**operation.query, named[0]: client_id})
            assert_problem(answer, 404)
        if in_body:
            answer = await call(http, operation, {}, json={**operation.body, **in_body})
            assert_problem(answer, 404, 422)
        elif operation.body_schema is not None:
            # A member that the route does not declare is not read, whatever it is called.
            await call(http, operation, {}, json={**operation.body, **undeclared})
        if operation.method == "GET" and not operation.path_names:
            answer = await call(http, operation, {})
            assert not [sign for sign in stranger.signs if sign in answer.text]
    assert await rows_of(database, stranger.tenant) == before


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_bodies_that_are_none(program: httpx.AsyncClient, operation: Operation) -> None:
    """What is no JSON, not declared as JSON, or too large is refused in words."""
    json_type = {"content-type": "application/json"}
    async with program as http:
        for body in (b"{nonsense", b"\xff\xfe{\x00}\x00", b'{"a": NaN}', b"[" * 100_000, b'{"a": "\xff"}'):
            answer = await call(http, operation, {}, json=None, content=body, headers=json_type)
            assert_problem(answer, 400)
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp"):
            declared = {"content-type": content_type}
            answer = await call(http, operation, {}, json=None, content=b"{}", headers=declared)
            assert_problem(answer, 415)
        large = b'"' + b"x" * (10 * 1024 * 1024) + b'"'
        answer = await call(http, operation, {}, json=None, content=large, headers=json_type)
        assert_problem(answer, 413)
        empty = await call(http, operation, {}, json=None, content=b"", headers=json_type)
        assert_problem(empty, 422)
        assert_problem(await call(http, operation, {}, json="a text"), 422)


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_hostile_values_in_bodies(program: httpx.AsyncClient, operation: Operation) -> None:
    """No value in any field is an error of ours; what is wrong is named as it was spelled."""
    properties = (operation.body_schema or {}).get("properties", {})
    valid = operation.body
    async with program as http:
        for name in properties:
            for hostile in HOSTILE_JSON:
                others = {key: value for key, value in valid.items() if key != name}
                body = json.dumps({**others, name: "@@"}).replace('"@@"', hostile)
                answer = await call(
                    http, operation, {}, json=None, content=body, headers={"content-type": "application/json"}
                )
                assert answer.status_code < 500, (name, hostile[:40], answer.text)
                if answer.status_code == 422 and name not in valid:
                    fields = {error["field"].partition(".")[0] for error in answer.json()["errors"]}
                    assert fields <= {name, "body"}, (name, hostile[:40], answer.text)


@pytest.mark.parametrize("operation", EVERY, ids=str)
async def test_hostile_values_in_queries_and_paths(program: httpx.AsyncClient, operation: Operation) -> None:
    """No value in any parameter is an error of ours."""
    async with program as http:
        for each in operation.parameters("query"):
            for hostile in HOSTILE_QUERY:
                answer = await call(http, operation, {}, params={**operation.query, each["name"]: hostile})
                assert answer.status_code < 500, (each["name"], hostile[:40], answer.text)
        for name in operation.path_names:
            for hostile in ("%00", "'", "x" * 3000, "%2e%2e", "%2e%2e%2f", "%F0%9F%98%80", "null", "-1"):
                answer = await call(http, operation, {name: hostile})
                assert answer.status_code in {404, 401, 422}, (name, hostile[:40], answer.text)


async def test_no_such_address_and_no_such_method(program: httpx.AsyncClient) -> None:
    """A wrong address and a wrong method are told in the same shape, with the right methods."""
    async with program as http:
        assert_problem(await http.get("/api/nothing/here"), 404)
        answer = await http.request("PUT", "/api/clients")
    assert_problem(answer, 405)
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("operation", EVERY, ids=str)
def test_every_operation_is_described_whole(operation: Operation) -> None:
    """The reference says what each call does, takes and answers, errors included."""
    described = operation.described
    assert described["summary"]
    assert described["description"]
    assert described["tags"]
    assert any(status.startswith("2") for status in described["responses"])
    for status, response in described["responses"].items():
        if status >= "400":
            assert list(response["content"]) == ["application/problem+json"]
            assert response["description"]
    expected = {"429", "500", "503"} | (set() if operation.is_public else {"401"})
    expected |= {"403"} if operation.rights else set()
    expected |= {"404"} if operation.path_names else set()
    expected |= {"400", "413", "415", "422"} if operation.body_schema is not None else set()
    assert expected <= described["responses"].keys()
    assert bool(described.get("security")) is not operation.is_public


def test_the_document_is_sound() -> None:
    """Tools can read the OpenAPI document: 3.1, no broken reference, no name used twice."""
    made = document()
    text = json.dumps(made)
    references = {part.split('"')[0] for part in text.split('"$ref": "#/')[1:]}
    for reference in references:
        node: Any = made
        for name in reference.split("/"):
            node = node[name]
    names = [operation["operationId"] for path in made["paths"].values() for operation in path.values()]
    assert made["openapi"].startswith("3.1")
    assert len(names) == len(set(names))
    assert "HTTPValidationError" not in text


async def test_the_document_is_served(house: House) -> None:
    """Programs fetch the same document from the running server."""
    async with house.http() as http:
        answer = await http.get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["paths"].keys() == document()["paths"].keys()
