"""Reading: who sees what, how fresh, page by page."""

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Api, Shop


def codes(api: Api, path: str, *who: str) -> list[int]:
    return [api.get(name, path).status_code for name in who]


def test_a_buyer_sees_only_their_orders_and_a_seller_only_their_share(api: Api, shop: Shop) -> None:
    other = Shop(api)
    lines = [
        {"listing_id": shop.listing, "quantity": 1},
        {"listing_id": other.listing, "quantity": 2},
    ]
    quote = api.ok(f"buyer:{shop.buyer}", "/v1/shipping-quotes", {"lines": lines})
    body = {"lines": lines, "shipping_quote_id": quote["quote_id"]}
    order_id = api.ok(f"buyer:{shop.buyer}", "/v1/orders", body)["order_id"]
    shop.pay(order_id)
    path = f"/v1/orders/{order_id}"
    seen = (f"buyer:{shop.buyer}", f"seller:{shop.seller}", "operator:o", "auditor:a")
    assert codes(api, path, *seen) == [200, 200, 200, 200]
    assert codes(api, path, "buyer:other", "seller:other", "analyst:a") == [404, 404, 403]
    share = api.read(f"seller:{other.seller}", path)
    assert {line["seller_id"] for line in share["lines"]} == {other.seller}
    assert [part["seller_id"] for part in share["parts"]] == [other.seller]
    assert [held["seller_id"] for held in share["escrow"]] == [other.seller]
    assert "payments" not in share
    whole = api.read(f"buyer:{shop.buyer}", path)
    assert whole["order"]["status"] == "paid"
    assert sum(held["held_minor"] for held in whole["escrow"]) == whole["order"]["total_minor"]
    mine = api.read(f"buyer:{shop.buyer}", "/v1/orders")["items"]
    assert [order["order_id"] for order in mine] == [order_id]
    assert api.read("buyer:other", "/v1/orders")["items"] == []
    theirs = api.read(f"seller:{other.seller}", "/v1/orders")["items"]
    assert [order["order_id"] for order in theirs] == [order_id]
    assert codes(api, f"/v1/sellers/{shop.seller}/balance", f"seller:{other.seller}") == [404]


@pytest.mark.parametrize(
    "path",
    ["/v1/ledger/trial-balance", "/v1/ledger/accounts/escrow", "/v1/audit/events"],
)
def test_the_books_are_for_auditors(api: Api, shop: Shop, path: str) -> None:
    shop.pay(shop.place())
    assert codes(api, path, "auditor:a", "operator:o") == [200, 200]
    assert codes(api, path, "buyer:b", "seller:s", "analyst:a") == [403, 403, 403]


def test_pages_follow_cursors_without_gaps(api: Api, shop: Shop) -> None:
    placed = {shop.place() for _ in range(5)}
    seen: list[str] = []
    cursor = ""
    while True:
        page = api.read(f"buyer:{shop.buyer}", f"/v1/orders?limit=2{cursor}")
        seen += [order["order_id"] for order in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert (len(seen), set(seen)) == (5, placed)
    for bad in ("cursor=%20", "cursor=AAAA", "limit=0", "limit=201", "limit=x"):
        response = api.get(f"buyer:{shop.buyer}", f"/v1/orders?{bad}")
        assert response.status_code == 400, bad
        assert response.json()["errors"], response.text


def test_read_after_shows_ones_own_write_in_every_store(api: Api, shop: Shop) -> None:
    order_id = shop.place(2)
    stock = api.read("buyer:b", f"/v1/listings/{shop.listing}")
    assert (stock["available"], stock["reserved"]) == (8, 2)
    found = api.read("buyer:b", f"/v1/listings/search?seller_id={shop.seller}")
    assert [hit["available"] for hit in found["hits"]] == [8]
    rows = api.read(f"seller:{shop.seller}", "/v1/analytics/sales?group_by=status")
    assert [(row["key"], row["units"]) for row in rows] == [("awaiting_payment", 2)]
    shown = api.get(f"buyer:{shop.buyer}", f"/v1/orders/{order_id}")
    assert "orders=" in shown.headers["Read-Position"]
    same = api.get(
        f"buyer:{shop.buyer}", f"/v1/orders/{order_id}", if_none_match=shown.headers["ETag"]
    )
    assert (same.status_code, same.content) == (304, b"")


def test_a_position_that_no_answer_has_given_is_refused_at_once(api: Api) -> None:
    head = int(api.sql("SELECT position FROM log_head")[0][0])
    for beyond in (head + 1_000, 10**9, 2**62):
        began = time.monotonic()
        response = api.get("operator:o", "/v1/orders", read_after=str(beyond))
        assert time.monotonic() - began < 2
        assert response.status_code == 400
        assert [error["field"] for error in response.json()["errors"]] == ["read-after"]
    assert api.get("operator:o", "/v1/orders", read_after="x").status_code == 400


def test_search_tolerates_typos_filters_and_counts(api: Api) -> None:
    shop = Shop(api, price=777)
    word = "".join(chr(ord("a") + int(digit, 16)) for digit in uuid.uuid4().hex[:10])
    shop.api.ok(
        f"seller:{shop.seller}",
        "/v1/listings",
        {
            "seller_id": shop.seller,
            "title": f"{word} kettle",
            "category": "kitchen",
            "price": {"amount_minor": 5000, "currency": "EUR"},
        },
    )

    def search(query: str) -> Any:
        return api.read("buyer:b", f"/v1/listings/search?{query}")

    typo = word[:4] + word[5:]
    assert [hit["price_minor"] for hit in search(f"q={typo}")["hits"]] == [5000]
    of_seller = f"seller_id={shop.seller}"
    assert len(search(of_seller)["hits"]) == 2
    assert [hit["price_minor"] for hit in search(f"{of_seller}&price_max=800")["hits"]] == [777]
    assert [hit["price_minor"] for hit in search(f"{of_seller}&in_stock=false")["hits"]] == [5000]
    ordered = search(f"{of_seller}&sort=price_minor:desc&facets=category")
    assert [hit["price_minor"] for hit in ordered["hits"]] == [5000, 777]
    assert ordered["facetDistribution"]["category"] == {"kitchen": 1, "things": 1}
    assert api.get("buyer:b", "/v1/listings/search?sort=secret").status_code == 400


def test_the_ledger_as_of_any_position(api: Api, shop: Shop) -> None:
    order_id = shop.place()
    before = api.position
    shop.pay(order_id)
    account = f"escrow:{order_id}/{shop.seller}"
    view = api.read("auditor:a", f"/v1/ledger/accounts/{account}")
    assert [entry["amount_minor"] for entry in view["entries"]] == [1100]
    assert [balance["balance_minor"] for balance in view["balances"]] == [1100]
    now = api.read("auditor:a", "/v1/ledger/trial-balance")
    then = api.read("auditor:a", f"/v1/ledger/trial-balance?as_of={before}")
    assert then["position"] == before
    for balance in (now, then):
        assert all(books["sum_minor"] == 0 for books in balance["currencies"].values())
    held = [
        b["currencies"].get("EUR", {"accounts": {}})["accounts"].get("escrow", 0)
        for b in (now, then)
    ]
    assert held[0] - held[1] == 1100


def test_the_audit_trail_tells_who_and_why(api: Api, shop: Shop) -> None:
    order_id = shop.place()
    shop.pay(order_id)
    stream = f"order-{order_id}"
    events = api.read("auditor:a", f"/v1/audit/events?stream={stream}")["items"]
    assert [event["name"] for event in events] == [
        "order.placed.v1",
        "order.payment_recorded.v1",
        "order.paid.v1",
    ]
    assert [event["actor"] for event in events] == [f"buyer:{shop.buyer}", *["operator:test"] * 2]
    assert {event["correlation_id"] for event in events} == {stream}
    whole = api.read("auditor:a", f"/v1/audit/streams/{stream}")
    assert [event["version"] for event in whole["events"]] == [1, 2, 3]
    first = api.read("auditor:a", f"/v1/audit/streams/{stream}?as_of={events[0]['position']}")
    assert [event["data"]["type"] for event in first["events"]] == ["order.placed.v1"]
    assert api.get("auditor:a", f"/v1/audit/streams/{stream}?as_of=soon").status_code == 400
    assert api.get("auditor:a", "/v1/audit/streams/order-nope").status_code == 404


def test_operations_routes(api: Api) -> None:
    for port in (api.settings.write_port, api.settings.read_port):
        base = f"http://127.0.0.1:{port}"
        assert api.http.get(f"{base}/ping").text == "pong"
        assert api.http.get(f"{base}/healthz").json() == {"status": "ok"}
        assert api.http.get(f"{base}/readyz").json() == {"status": "ready"}
        assert "http_requests_total" in api.get("operator:o", f"{base}/metrics").text
    assert api.http.get("/ping").text == "pong"
    for side in ("write", "read"):
        schema = api.http.get(f"/schema/{side}/openapi.json").json()
        assert schema["paths"], side


@pytest.mark.parametrize("side", ["write", "read"])
def test_the_page_that_explains_an_api_loads_nothing_from_anybody_else(api: Api, side: str) -> None:
    page = api.http.get(f"/schema/{side}/swagger")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none';" in policy
    assert "://" not in page.text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 3
    types = [api.http.get(path).headers["Content-Type"].partition(";")[0] for path in loaded]
    assert types == ["text/css", "text/javascript", "text/javascript"]
    start = api.http.get(loaded[2])
    assert f'url: "/schema/{side}/openapi.json"' in start.text
    assert "<script>" not in page.text


def test_listings_with_every_letter_of_an_id_are_found(api: Api, shop: Shop) -> None:
    """The search server's own keys have fewer letters."""
    for listing in (f"a.b:c_{shop.run}", f"hex--{shop.run}"):
        shop.add_listing(listing, 500, 2)
        found = api.read("buyer:b", f"/v1/listings/search?seller_id={shop.seller}&sort=title:asc")
        hit = next(hit for hit in found["hits"] if hit["listing_id"] == listing)
        assert hit["available"] == 2


def test_a_row_that_cannot_be_read_is_one_orders_fault_alone(api: Api, shop: Shop) -> None:
    """As an older version let an operator write it: a time before year 1."""
    bad, good = shop.place(), shop.place()
    for order in (bad, good):
        api.read("operator:o", f"/v1/orders/{order}")
    change = "UPDATE rm_orders.orders SET placed_at = %s WHERE order_id = %s RETURNING placed_at"
    ((before,),) = api.sql("SELECT placed_at FROM rm_orders.orders WHERE order_id = %s", bad)
    api.sql(change.replace("RETURNING placed_at", "RETURNING 1"), "0001-12-31 10:00:00+00 BC", bad)
    try:
        with ThreadPoolExecutor(8) as readers:
            asked = [bad, good] * 8
            found = list(readers.map(lambda one: api.get("operator:o", f"/v1/orders/{one}"), asked))
    finally:
        api.sql(change, before, bad)
    seen = {one: answer.status_code for one, answer in zip(asked, found, strict=True)}
    assert seen == {bad: 500, good: 200}
    assert {answer.json()["type"] for answer in found[::2]} == {"urn:market:problem:internal-error"}
    assert api.read("operator:o", f"/v1/orders/{bad}")["order"]["order_id"] == bad
