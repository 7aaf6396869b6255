"""The guard in front of every route: what it lets through, and what it refuses."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar, Request, get, websocket
from litestar.connection import WebSocket
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient

from deploy.http.access import FRESH, Access
from deploy.http.problems import HANDLERS
from deploy.http.tokens import TokenInvalid
from eventstore.identity import PUBLIC, Identity, Role, permission
from tests.given import NOW


@get("/open", opt={"permission": PUBLIC})
async def open_to_all() -> str:
    return "open"


@get("/books", opt={"permission": permission("books:read", "auditor", "operator")})
async def books(request: Request[Any, Any, Any]) -> str:
    return str(request.scope["state"]["identity"])


@get("/forgotten")
async def forgotten() -> str:
    return "forgotten"


@websocket("/feed")
async def feed(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.accept()


def authenticate(authorization: str | None, at: datetime) -> Identity:
    assert at == NOW
    if authorization is None:
        raise TokenInvalid("A bearer token is required.")
    role: Any = authorization
    return Identity(subject="me", roles=(role,))


@pytest.fixture
def client() -> TestClient[Litestar]:
    access = Access(authenticate, lambda: NOW)
    return TestClient(
        Litestar(
            [open_to_all, books, forgotten, feed],
            middleware=[access.middleware],
            exception_handlers=dict(HANDLERS),
            openapi_config=None,
        )
    )


def asked(client: TestClient[Litestar], path: str, role: Role | None = None) -> tuple[int, str]:
    answer = client.get(path, headers={"Authorization": role} if role else {})
    return answer.status_code, answer.text


def test_what_is_public_needs_no_token(client: TestClient[Litestar]) -> None:
    assert asked(client, "/open") == (200, "open")


@pytest.mark.parametrize("role", ["auditor", "operator"])
def test_who_holds_the_permission_is_known_to_the_route(
    client: TestClient[Litestar], role: Role
) -> None:
    assert asked(client, "/books", role) == (200, f"{role}:me")


def test_who_does_not_hold_it_is_told_who_does(client: TestClient[Litestar]) -> None:
    status, text = asked(client, "/books", "buyer")
    assert status == 403
    assert "urn:market:problem:not-allowed" in text
    assert "for the roles operator, auditor" in text


def test_nobody_gets_in_without_a_token(client: TestClient[Litestar]) -> None:
    for path in ("/books", "/forgotten"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="market"'


@pytest.mark.parametrize("role", ["buyer", "operator", "system"])
def test_a_route_that_declares_nothing_is_nobody_s(
    client: TestClient[Litestar], role: Role
) -> None:
    assert asked(client, "/forgotten", role)[0] == 403


def test_a_socket_is_closed_until_there_is_a_guard_for_it(client: TestClient[Litestar]) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/feed"):
        pass
    assert closed.value.code == 1008


def stepping(identity: Identity, *, by_hand: bool) -> TestClient[Litestar]:
    @get("/costs", opt={"permission": permission("money:move", "seller"), "step_up": True})
    async def costs() -> str:
        return "moved"

    access = Access(lambda _, __: identity, lambda: NOW, by_hand=by_hand)
    return TestClient(
        Litestar(
            [costs],
            middleware=[access.middleware],
            exception_handlers=dict(HANDLERS),
            openapi_config=None,
        )
    )


@pytest.mark.parametrize(
    ("ago", "status"),
    [(timedelta(0), 200), (FRESH, 200), (FRESH + timedelta(seconds=1), 403), (None, 403)],
)
def test_a_factor_counts_for_five_minutes(ago: timedelta | None, status: int) -> None:
    shown = None if ago is None else NOW - ago
    identity = Identity(subject="s1", roles=("seller",), session="~s1", factor_at=shown)
    answer = stepping(by_hand=True, identity=identity).get("/costs")
    assert answer.status_code == status
    assert ("step-up-required" in answer.text) == (status == 403)


def test_a_token_by_hand_has_shown_nothing_in_production() -> None:
    identity = Identity(subject="s1", roles=("seller",))
    assert stepping(by_hand=True, identity=identity).get("/costs").status_code == 200
    assert stepping(by_hand=False, identity=identity).get("/costs").status_code == 403


def test_a_key_never_steps_up() -> None:
    identity = Identity(
        subject="s1", roles=("seller",), session="~k1", permissions=frozenset({"money:move"})
    )
    assert stepping(by_hand=True, identity=identity).get("/costs").status_code == 403
