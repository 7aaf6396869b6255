"""Examples in the OpenAPI documents are what the APIs take and give."""

import json
import typing
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from deploy.http.openapi import Description
from eventstore.identity import Permission
from read_api.app import TOPICS as READ
from read_api.app import read_app
from write_api.app import TOPICS as WRITE
from write_api.app import write_app

ROUTES: dict[str, HTTPRouteHandler] = {
    route.handler_name: route for topic in (*WRITE, *READ) for route in topic.routes
}


# What nobody needs a token for: the server itself, providers, and who is not signed in yet.
ANYBODY_S = {
    *("ping", "healthz", "readyz", "receive_webhook", "receive_by_get"),
    *("register", "confirm_registration", "resend", "sign_in", "confirm_sign_in"),
    *("confirm_by_factor", "sign_in_by_device"),
    *("ask_passkey", "sign_in_by_passkey"),
    "undo_contact_change",
    *("begin_recovery", "confirm_recovery", "finish_recovery", "cancel_recovery"),
    *("begin_social", "sign_in_by_social", "register_by_social"),
    *("reset_password", "set_password", "refresh"),
}


def shown(what: str) -> list[str]:
    return [name for name, route in ROUTES.items() if route.opt.get(what) is not None]


def annotated(route: HTTPRouteHandler, name: str) -> Any:
    return typing.get_type_hints(route.fn, include_extras=True)[name]


def taken(route: HTTPRouteHandler) -> Any:
    """The struct of its body."""
    return get_args(annotated(route, "data"))[0]


def given(route: HTTPRouteHandler) -> Any:
    """The struct of its answer; of several the widest, which is named first."""
    (answer,) = get_args(annotated(route, "return"))
    return answer


@pytest.mark.parametrize("name", shown("request"))
def test_a_request_example_would_be_taken(name: str) -> None:
    msgspec.convert(ROUTES[name].opt["request"], taken(ROUTES[name]))


@pytest.mark.parametrize("name", shown("answer"))
def test_an_answer_example_has_the_answer_s_shape(name: str) -> None:
    example = ROUTES[name].opt["answer"]
    assert any(fits(example, kind) for kind in widest_first(given(ROUTES[name])))


def widest_first(kind: Any) -> Iterator[Any]:
    """A union of structs is no shape that a decoder tells apart: each by itself."""
    kind = getattr(kind, "__value__", kind)
    inner = get_args(kind)
    origin = typing.get_origin(kind)
    if origin is not None and len(inner) == 1 and getattr(inner[0], "__value__", None):
        yield from (origin[one] for one in get_args(inner[0].__value__))
    elif isinstance(kind, typing.types.UnionType):  # type: ignore[attr-defined]
        yield from inner
    else:
        yield kind


def fits(example: object, kind: Any) -> bool:
    try:
        msgspec.convert(example, kind)
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", ROUTES)
def test_every_route_says_who_may_call_it(name: str) -> None:
    route = ROUTES[name]
    assert isinstance(route.opt["permission"], Permission)
    # What nobody needs a token for is deliberate.
    if route.opt["permission"].anybody:
        assert name in ANYBODY_S


def test_one_name_of_a_permission_has_one_meaning() -> None:
    meanings: dict[str, frozenset[str]] = {}
    for route in ROUTES.values():
        permission: Permission = route.opt["permission"]
        assert meanings.setdefault(permission.name, permission.roles) == permission.roles


def described() -> Iterator[tuple[Litestar, dict[str, Any]]]:
    services: Any = msgspec.defstruct("Services", [])()
    for app in (
        write_app(services, openapi=Description("write"), exception_handlers={}),
        read_app(services, openapi=Description("read"), exception_handlers={}),
    ):
        yield app, app.openapi_schema.to_schema()


def test_every_operation_is_described_as_it_is_guarded() -> None:
    public = {
        path.replace(":str", "")
        for route in ROUTES.values()
        if route.opt["permission"].anybody
        for path in route.paths
    }
    for _, schema in described():
        assert schema["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
        for path, item in schema["paths"].items():
            for operation in item.values():
                guarded = path not in public
                assert operation.get("security", []) == ([{"bearer": []}] if guarded else [])
                assert ("4XX" in operation["responses"]) == (guarded or path.startswith("/v1/"))
                # Of the framework's own form no refusal is.
                assert ("400" in operation["responses"]) == (path == "/v1/tokens")


def test_what_several_roles_see_may_be_of_several_kinds() -> None:
    for app, schema in described():
        assert '"oneOf"' not in json.dumps(schema), app
    (_, _), (_, read) = described()
    order = read["paths"]["/v1/orders/{order_id}"]["get"]["responses"]["200"]
    kinds = order["content"]["application/json"]["schema"]["anyOf"]
    assert [one["$ref"].rpartition("/")[2] for one in kinds] == [
        *("OrderView", "BuyerOrderView", "SellerOrderView")
    ]


def test_headers_and_examples_are_shown() -> None:
    (_, write), (_, read) = described()
    order = write["paths"]["/v1/orders"]["post"]
    assert order["requestBody"]["content"]["application/json"]["example"]["shipping_quote_id"]
    answer = order["responses"]["201"]["content"]["application/json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/OrderAnswer"}
    assert answer["example"]["status"] == "awaiting_payment"
    orders = read["paths"]["/v1/orders"]["get"]
    headers = {p["name"]: p["required"] for p in orders["parameters"] if p["in"] == "header"}
    assert headers == {"Read-After": False, "Read-Wait-Ms": False}
    assert orders["responses"]["200"]["content"]["application/json"]["example"]["items"]
