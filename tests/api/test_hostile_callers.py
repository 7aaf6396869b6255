"""What a valid or no token must not get: metrics, other callers' answers, subjects of any shape."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import jwt
import psycopg
import pytest

from deploy.http.keys import signing_key
from deploy.http.tokens import AUDIENCE, ISSUER, TYPE
from tests.conftest import Api, Shop

POOL = 8
LOCKED = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    " AND query LIKE '%%FROM rm_listings.listings%%'"
)


def signed(api: Api, role: str, subject: Any) -> dict[str, str]:
    """By the right key, with a subject that no issuer of ours would write."""
    at = int(datetime.now(UTC).timestamp())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "role": role, "iat": at}
    key = signing_key(api.settings.private_key_file.read_text())
    headers = {"kid": key.kid, "typ": TYPE}
    token = jwt.encode(claims | {"exp": at + 60}, key.private, key.algorithm, headers)
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}


@pytest.fixture(scope="module")
def placed(api: Api) -> str:
    return Shop(api).place()


@pytest.mark.parametrize("subject", ["", "a/b", "a\x00b", "a" * 65])
def test_a_subject_that_is_no_id_reads_and_writes_nothing(
    api: Api, shop: Shop, subject: str
) -> None:
    shop.place()
    for role in ("buyer", "seller"):
        headers = signed(api, role, subject)
        read = api.http.get("/v1/orders", headers=headers)
        write = api.http.post("/v1/shipping-quotes", json={"lines": []}, headers=headers)
        for answer in (read, write):
            assert answer.status_code == 401, answer.text
            assert answer.json()["type"] == "urn:market:problem:unauthenticated"


def test_one_key_of_two_callers_is_two_keys(api: Api, shop: Shop) -> None:
    """`a` with the key `b/c` is not `a/b` with the key `c`, nor anybody else."""
    key = f"{uuid.uuid4().hex}/c"
    placed = api.post(f"buyer:{shop.buyer}", "/v1/orders", shop.order_body(), key=key)
    stranger = api.post("buyer:a", "/v1/orders", shop.order_body(), key=key)
    assert (placed.status_code, stranger.status_code) == (201, 201)
    assert placed.json()["order_id"] != stranger.json()["order_id"]
    assert "Idempotency-Replayed" not in stranger.headers


@pytest.mark.parametrize("side", ["gateway", "write", "read"])
def test_metrics_are_for_operators_and_auditors(api: Api, side: str) -> None:
    ports = {"write": api.settings.write_port, "read": api.settings.read_port}
    base = f"http://127.0.0.1:{ports.get(side, api.stack.port)}"
    for path in ("/metrics", "/metrics?x=1"):
        assert api.http.get(f"{base}{path}").status_code == 401
        for who in ("buyer:b", "seller:s", "analyst:a"):
            refused = api.http.get(f"{base}{path}", headers=api.headers(who))
            assert refused.status_code == 403
            assert "http_requests_total" not in refused.text
        for who in ("operator:o", "auditor:a"):
            shown = api.http.get(f"{base}{path}", headers=api.headers(who))
            assert shown.status_code == 200
            assert "http_requests_total" in shown.text


def test_metrics_of_the_read_models_cost_no_pooled_query(api: Api, shop: Shop) -> None:
    """While every connection of the pool waits for a lock, they are answered all the same."""
    path, who = f"/v1/listings/{shop.listing}", api.headers("operator:o")
    api.read("operator:o", path)
    with (
        ThreadPoolExecutor(POOL) as readers,
        psycopg.connect(api.settings.database_url) as holder,
    ):
        holder.execute("LOCK TABLE rm_listings.listings IN ACCESS EXCLUSIVE MODE")
        waiting = [readers.submit(api.http.get, path, headers=who) for _ in range(POOL)]
        deadline = time.monotonic() + 10
        while api.sql(LOCKED)[0][0] < POOL:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        answer = api.http.get("/metrics", headers=who)
        holder.rollback()
        assert {one.result().status_code for one in waiting} == {200}
    assert 'projection_lag_events{model="orders"}' in answer.text
    assert "log_position" in answer.text


def test_health_says_no_more_than_that(api: Api) -> None:
    for port in (api.stack.port, api.settings.write_port, api.settings.read_port):
        base = f"http://127.0.0.1:{port}"
        assert api.http.get(f"{base}/healthz").content == b'{"status":"ok"}'
        assert api.http.get(f"{base}/readyz").content == b'{"status":"ready"}'
        assert api.http.get(f"{base}/ping").content == b"pong"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "1999-12-31T23:59:59Z"])
def test_a_time_before_2000_is_refused_and_names_the_field(api: Api, shop: Shop, at: str) -> None:
    body = shop.order_body() | {"occurred_at": at, "buyer_id": shop.buyer}
    answer = api.post("operator:t", "/v1/orders", body)
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["occurred_at"]


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "1899-12-31T00:00:00Z",
        "9999-12-31T23:59:59.999999-14:00",
        "9999-12-31T23:59:59Z",
        "2026-01-01T00:00:00.123456789Z",
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        "/v1/orders/{order}?as_of={at}",
        "/v1/orders/{order}?known_at={at}",
        "/v1/audit/streams/order-{order}?as_of={at}",
        "/v1/audit/events?since={at}&limit=1",
        "/v1/audit/events?until={at}&limit=1",
        "/v1/ledger/trial-balance?as_of={at}",
        "/v1/analytics/sales?since={at}",
        "/v1/analytics/funnel?until={at}",
        "/v1/analytics/refunds?since={at}",
    ],
)
def test_questions_at_the_ends_of_the_calendar_are_answered(
    api: Api, placed: str, path: str, at: str
) -> None:
    target = path.format(order=placed, at=quote(at))
    answer = api.get("operator:o", target)
    assert answer.status_code in {200, 400, 404}, answer.text
