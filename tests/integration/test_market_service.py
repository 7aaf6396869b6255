"""The NATS service `market`, called as the `nats` command line does: by plain requests."""

import asyncio
import json
import time
import uuid
from typing import Any

import nats
from nats.aio.msg import Msg

from eventstore import bus
from tests.conftest import Api, Shop

WITHIN_S = 30.0


def asked(api: Api, *requests: tuple[str, Any]) -> list[tuple[Any, dict[str, str]]]:
    """Answers and their headers."""

    async def ask() -> list[tuple[Any, dict[str, str]]]:
        client = await nats.connect(api.settings.nats_url)
        try:
            found: list[tuple[Any, dict[str, str]]] = []
            for subject, body in requests:
                data = b"" if body is None else json.dumps(body).encode()
                answer: Msg = await client.request(subject, data, timeout=10)
                text = json.loads(answer.data) if answer.data else None
                found.append((text, dict(answer.headers or {})))
            return found
        finally:
            await client.close()

    return asyncio.run(ask())


def test_it_is_found_and_described_as_services_are(api: Api) -> None:
    (ping, _), (info, _) = asked(api, ("$SRV.PING.market", None), ("$SRV.INFO.market", None))
    assert ping["name"] == "market"
    assert {endpoint["subject"] for endpoint in info["endpoints"]} == {
        "market.status",
        "market.projections.list",
        "market.projections.pause",
        "market.projections.resume",
        "market.projections.rebuild",
        "market.parked.list",
        "market.parked.retry",
    }


def test_status_and_list_say_where_each_model_is(api: Api) -> None:
    Shop(api)
    api.read("auditor:a", "/v1/ledger/trial-balance")
    (status, _), (listed, _) = asked(
        api, ("market.status", None), ("market.projections.list", None)
    )
    assert status["log_position"] >= api.position
    ledger = next(model for model in status["models"] if model["name"] == "ledger")
    assert (ledger["state"], ledger["parked_streams"]) == ("following", 0)
    assert {
        key: value
        for key, value in next(m for m in listed if m["name"] == "ledger").items()
        if key != "position"
    } == {"name": "ledger", "state": "following", "version": 1}


def test_a_model_is_paused_resumed_and_rebuilt(api: Api) -> None:
    shop = Shop(api)
    name = {"name": "listings"}
    ((paused, _),) = asked(api, ("market.projections.pause", name))
    assert paused == {"name": "listings", "paused": True}
    try:
        api.read("buyer:b", f"/v1/sellers/{shop.seller}")
        other = Shop(api)
        path = f"/v1/listings/{other.listing}"
        behind = api.get("buyer:b", path, read_wait_ms="200")
        assert behind.status_code == 503
        (lag,) = behind.json()["lag"]
        assert (lag["read_model"], lag["store"]) == ("listings", "postgresql")
        assert lag["events"] > 0
        assert lag["seconds"] > 0
    finally:
        asked(api, ("market.projections.resume", name))
    assert api.read("buyer:b", path)["available"] == 10
    ((started, _),) = asked(api, ("market.projections.rebuild", name | {"rate": 0}))
    assert started == {"name": "listings", "started": True}
    deadline = time.monotonic() + WITHIN_S
    while api.sql("SELECT FROM projection.build WHERE name = 'listings'"):
        assert time.monotonic() < deadline
    assert api.read("buyer:b", path)["available"] == 10


def test_bad_requests_are_refused_with_a_reason(api: Api) -> None:
    for subject, body, code, says in (
        ("market.projections.pause", {"name": "nothing"}, "404", "nothing"),
        ("market.projections.pause", {}, "400", "name"),
        ("market.projections.pause", {"name": 3}, "400", "str"),
        ("market.projections.rebuild", {"name": "ledger", "rate": -1}, "400", "rate"),
        ("market.projections.rebuild", {"name": "ledger", "x": 1}, "400", "x"),
        ("market.parked.list", {"name": "nothing"}, "404", "nothing"),
        ("market.parked.retry", {"name": "ledger"}, "404", "no parked"),
    ):
        ((_, headers),) = asked(api, (subject, body))
        assert headers["Nats-Service-Error-Code"] == code, (subject, body, headers)
        assert says in headers["Nats-Service-Error"]


def test_what_is_parked_is_a_dead_letter_and_is_retried_over_nats(api: Api) -> None:
    shop = Shop(api)
    listing = f"poisoned-{uuid.uuid4().hex[:8]}"
    values = "listing_id, seller_id, title, category, price_minor, currency, status, version"
    api.sql(
        f"INSERT INTO rm_listings.listings ({values}) VALUES (%s, 'x', 'x', 'x', 0, 'EUR', 'x', 0)"
        " RETURNING 1",
        listing,
    )
    shop.add_listing(listing, 700, 3)
    other = Shop(api)
    assert api.read("buyer:b", f"/v1/listings/{other.listing}")["available"] == 10
    ((parked, _),) = asked(api, ("market.parked.list", {"name": "listings"}))
    assert {one["key"] for one in parked} == {f"listing-{listing}"}
    assert [one["event"] for one in parked] == ["listing.created.v1", "stock.received.v1"]

    async def dead_letter() -> Msg:
        client = await bus.connect(api.settings.nats_url, "test")
        try:
            subscription = await client.jetstream().subscribe(
                "dead.listings.listing.created", ordered_consumer=True
            )
            while True:
                message = await subscription.next_msg(timeout=WITHIN_S)
                if (message.headers or {}).get("Market-Position") == str(parked[0]["position"]):
                    return message
        finally:
            await client.close()

    letter = asyncio.run(dead_letter())
    assert listing in letter.data.decode()
    assert "UniqueViolation" in (letter.headers or {})["Market-Error"]
    api.sql("DELETE FROM rm_listings.listings WHERE listing_id = %s RETURNING 1", listing)
    ((done, _),) = asked(api, ("market.parked.retry", {"name": "listings"}))
    assert done == {"name": "listings", "applied": 2, "left": 0}
    assert api.read("buyer:b", f"/v1/listings/{listing}")["available"] == 3
