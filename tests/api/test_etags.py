"""ETags are of all that is shown; `If-Match` is of the version, and judged last."""

from typing import Any

import pytest

from tests.conftest import Api, Shop


def etag(api: Api, who: str, path: str) -> str:
    answer = api.get(who, path)
    assert answer.status_code == 200, answer.text
    return str(answer.headers["ETag"])


def again(api: Api, who: str, path: str, known: str) -> int:
    return api.get(who, path, if_none_match=known).status_code


def test_an_orders_etag_changes_with_all_that_is_shown_of_it(api: Api, shop: Shop) -> None:
    order = shop.place(2)
    shop.pay(order)
    who, path = f"buyer:{shop.buyer}", f"/v1/orders/{order}"
    before = etag(api, who, path)
    assert again(api, who, path, before) == 304
    release = f"{path}/shipments/{shop.seller}/release"
    api.ok("operator:o", release, {"amount": {"amount_minor": 50, "currency": "EUR"}})
    released = etag(api, who, path)
    assert released.partition("-")[0] == before.partition("-")[0], "the order's own version"
    assert again(api, who, path, before) == 200
    assert again(api, who, path, released) == 304
    refund = {"reason": "r", "lines": [{"line_id": 1, "quantity": 1}]}
    asked = api.ok(who, f"{path}/refunds", refund)["refund_id"]
    requested = etag(api, who, path)
    api.ok("operator:o", f"/v1/refunds/{asked}/reject", {"reason": "no"})
    assert len({before, released, requested, etag(api, who, path)}) == 4


def test_a_listings_etag_changes_with_its_stock(api: Api, shop: Shop) -> None:
    who, path = "buyer:anybody", f"/v1/listings/{shop.listing}"
    before = etag(api, who, path)
    assert again(api, who, path, before) == 304
    shop.place(3)
    assert again(api, who, path, before) == 200
    assert etag(api, who, path).partition("-")[0] == before.partition("-")[0]


def test_a_sellers_etag_does_not_tell_of_other_parts(api: Api, shop: Shop) -> None:
    other = Shop(api)
    lines = [{"listing_id": one.listing, "quantity": 1} for one in (shop, other)]
    quote = api.ok(f"buyer:{shop.buyer}", "/v1/shipping-quotes", {"lines": lines})
    body = {"lines": lines, "shipping_quote_id": quote["quote_id"]}
    order = str(api.ok(f"buyer:{shop.buyer}", "/v1/orders", body)["order_id"])
    shop.pay(order)
    path = f"/v1/orders/{order}"
    seen = {who: etag(api, who, path) for who in (f"seller:{shop.seller}", f"buyer:{shop.buyer}")}
    other.deliver(order)
    assert [again(api, who, path, known) for who, known in seen.items()] == [304, 200]


@pytest.mark.parametrize("known", ['"x", {}', "W/{}", "*", "{}"])
def test_if_none_match_is_one_a_list_or_anything(api: Api, shop: Shop, known: str) -> None:
    who, path = "buyer:anybody", f"/v1/listings/{shop.listing}"
    tag = etag(api, who, path)
    assert again(api, who, path, known.format(tag)) == 304
    assert again(api, who, path, known.format(tag[:-2] + '"').replace("*", "")) == 200


def reprice(api: Api, who: str, listing: str, **headers: str) -> Any:
    price = {"price": {"amount_minor": 1200, "currency": "EUR"}}
    return api.post(who, f"/v1/listings/{listing}/price", price, **headers)


@pytest.mark.parametrize("form", ["{}", '"{version}"', "W/{}", "{version}", "*"])
def test_if_match_takes_the_etags_that_we_give_and_gave(api: Api, shop: Shop, form: str) -> None:
    who = f"seller:{shop.seller}"
    tag = etag(api, who, f"/v1/listings/{shop.listing}")
    known = form.format(tag, version=tag.strip('"').partition("-")[0])
    shop.place()  # The stock's digest has changed, the listing has not.
    assert reprice(api, who, shop.listing, if_match=known).status_code == 200
    assert reprice(api, who, shop.listing, if_match=known).status_code == (200, 412)[known != "*"]


@pytest.mark.parametrize("known", ['"x"', '"1-XYZ"', '"' + "1" * 5000 + '"', '"-1"', '""'])
def test_if_match_with_what_we_never_gave_names_the_header(
    api: Api, shop: Shop, known: str
) -> None:
    answer = reprice(api, f"seller:{shop.seller}", shop.listing, if_match=known)
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["If-Match"]


def test_if_match_tells_nothing_to_who_may_not_know(api: Api, shop: Shop) -> None:
    order = shop.place()
    attempts = {
        f"/v1/orders/{order}/cancel": ("buyer:stranger", {"reason": "r"}),
        "/v1/orders/nobodys/cancel": ("buyer:stranger", {"reason": "r"}),
        f"/v1/listings/{shop.listing}/retire": ("seller:stranger", {"reason": "r"}),
        "/v1/listings/nobodys/retire": ("seller:stranger", {"reason": "r"}),
    }
    for path, (who, body) in attempts.items():
        bare = api.post(who, path, body)
        assert bare.status_code in {403, 404}
        for version in ("0", "1", "2", "99"):
            guarded = api.post(who, path, body, if_match=f'"{version}"')
            assert (guarded.status_code, guarded.text) == (bare.status_code, bare.text), path
    stale = api.post(
        f"buyer:{shop.buyer}", f"/v1/orders/{order}/cancel", {"reason": "r"}, if_match='"99"'
    )
    assert stale.status_code == 412
    fresh = api.get(f"buyer:{shop.buyer}", f"/v1/orders/{order}").headers["ETag"]
    cancelled = api.post(
        f"buyer:{shop.buyer}", f"/v1/orders/{order}/cancel", {"reason": "r"}, if_match=fresh
    )
    assert cancelled.status_code == 200, cancelled.text
