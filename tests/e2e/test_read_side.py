"""The read side on the real orders: rebuilt under load, verified, explained, as it ever was."""

import asyncio
import json
import logging
import random
import subprocess
import sys
import time
from typing import Any

import msgspec
import pytest

from eventstore.codec import Recorded
from eventstore.events.order import OrderPlaced
from eventstore.events.seller import SellerRegistered
from eventstore.postings import postings
from projections.history.queries import order_of, seller_balance_of
from projections.read_models import NAMES
from tests.conftest import OLIST, ROOT, Api, Shop
from tests.e2e import olist_reference as files
from tests.e2e.conftest import ImportedOlist
from tests.e2e.mixed_load import MixedLoad
from tests.e2e.replayed import of_order, of_seller, replayed

pytestmark = [pytest.mark.olist]
SEED = 4

log = logging.getLogger(__name__)
POSITIONS = 200


def known_reads(api: Api, chance: random.Random) -> list[str]:
    """Reads of what was imported, over all three stores."""
    orders = [row[0] for row in api.sql("SELECT order_id FROM rm_orders.orders ORDER BY 1")]
    sellers = [row[0] for row in api.sql("SELECT seller_id FROM rm_sellers.sellers ORDER BY 1")]
    listings = [row[0] for row in api.sql("SELECT listing_id FROM rm_listings.listings ORDER BY 1")]
    payouts = [row[0] for row in api.sql("SELECT payout_id FROM rm_payouts.payouts ORDER BY 1")]
    paths = [f"/v1/orders/{one}" for one in chance.sample(orders, 40)]
    paths += [f"/v1/orders/{one}/timeline" for one in chance.sample(orders, 10)]
    paths += [f"/v1/sellers/{one}/balance" for one in chance.sample(sellers, 20)]
    paths += [f"/v1/listings/{one}" for one in chance.sample(listings, 20)]
    paths += [f"/v1/payouts/{one}" for one in chance.sample(payouts, 10)]
    paths += [
        f"/v1/listings/search?seller_id={one}&sort=title:asc" for one in chance.sample(sellers, 10)
    ]
    paths += ["/v1/ledger/trial-balance?as_of=40000", "/v1/audit/events?limit=50"]
    period = "since=2017-01-01T00:00:00Z&until=2017-07-01T00:00:00Z"
    paths += [f"/v1/analytics/sales?{period}", f"/v1/analytics/sellers?{period}&limit=5"]
    return paths


def test_every_model_is_rebuilt_under_load_without_a_failed_or_wrong_read(
    olist: ImportedOlist, caplog: pytest.LogCaptureFixture
) -> None:
    api, chance = olist.api, random.Random(SEED)
    load = MixedLoad(api, SEED)
    load.learn(known_reads(api, chance))

    async def play() -> list[dict[str, Any]]:
        loading = asyncio.create_task(load.run())
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "deploy.cli", "project", "rebuild", "all", "--json"),
                *("--data", str(olist.stack.data)),
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            output, told = await process.communicate()
            assert process.returncode == 0, told.decode()[-2000:]
        finally:
            load.stop()
            await loading
        return list(json.loads(output))

    rebuilt = asyncio.run(play())
    caplog.set_level(logging.INFO)
    log.info("under load: %s", dict(load.counts))
    log.info("seconds: %s", {one["name"]: one["seconds"] for one in rebuilt})
    assert [one["name"] for one in rebuilt] == [*NAMES]
    assert all(one["swapped"] for one in rebuilt)
    assert [one["comparison"]["different"] for one in rebuilt] == [0] * len(NAMES), rebuilt
    assert (load.failed[:5], load.wrong[:5]) == ([], [])
    assert load.counts["reads"] > 1000
    assert load.counts["checks"] > 100


def test_rows_deleted_behind_a_models_back_are_found_and_mended(olist: ImportedOlist) -> None:
    api, market = olist.api, olist.stack.market
    api.read("auditor:a", "/v1/ledger/trial-balance")
    gone = api.sql("SELECT position, entry FROM rm_ledger.entries ORDER BY position LIMIT 3")
    for position, entry in gone:
        api.sql(
            "DELETE FROM rm_ledger.entries WHERE position = %s AND entry = %s RETURNING 1",
            position,
            entry,
        )
    found = market("project", "verify", "ledger", "--json", check=False)
    assert found.returncode == 2
    (verified,) = json.loads(found.stdout)
    assert [d["key"] for d in verified["comparison"]["differences"]] == [
        f"{position}|{entry}" for position, entry in gone
    ]
    (rebuilt,) = json.loads(market("project", "rebuild", "ledger", "--json").stdout)
    assert rebuilt["comparison"]["different"] == 3
    (verified,) = json.loads(market("project", "verify", "ledger", "--json").stdout)
    assert verified["comparison"]["different"] == 0


def shown_in_metrics(api: Api, line: str) -> None:
    """They are looked up every now and then, not when they are asked for."""
    deadline = time.monotonic() + 10
    while line not in (text := api.get("operator:o", "/metrics").text):
        assert time.monotonic() < deadline, text
        time.sleep(0.1)


def test_a_poison_event_parks_its_stream_only_and_is_driven_in_again(olist: ImportedOlist) -> None:
    api, market = olist.api, olist.stack.market
    shop = Shop(api)
    poisoned = f"poisoned-{shop.run}"
    api.sql(
        "INSERT INTO rm_orders.orders (order_id, buyer_id, status, currency, total_minor,"
        " captured_minor, difference_minor, refunded_minor, placed_at, payment_due_at, position,"
        " version, quote_id) VALUES (%s, 'x', 'x', 'EUR', 0, 0, 0, 0, now(), now(), 0, 0, 'x') RETURNING 1",
        poisoned,
    )
    body = shop.order_body() | {"order_id": poisoned}
    api.ok(f"buyer:{shop.buyer}", "/v1/orders", body)
    shop.pay(poisoned)
    other = shop.place()
    shop.pay(other)
    assert api.read(f"buyer:{shop.buyer}", f"/v1/orders/{other}")["order"]["status"] == "paid"
    parked = json.loads(market("project", "parked", "list", "--json").stdout)
    assert {(one["name"], one["key"]) for one in parked} == {("orders", f"order-{poisoned}")}
    assert "UniqueViolation" in parked[0]["error"]
    status = json.loads(market("status", "--json").stdout)
    waiting = {model["name"]: model["parked_streams"] for model in status["read_models"]}
    assert {name: streams for name, streams in waiting.items() if streams} == {"orders": 1}
    shown_in_metrics(api, 'projection_parked_streams{model="orders"} 1')
    stuck = market("project", "parked", "retry", "orders", "--json", check=False)
    assert (stuck.returncode, json.loads(stuck.stdout)["applied"]) == (2, 0)
    api.sql("DELETE FROM rm_orders.orders WHERE order_id = %s RETURNING 1", poisoned)
    done = json.loads(market("project", "parked", "retry", "orders", "--json").stdout)
    assert (done["applied"], done["left"]) == (len(parked), 0)
    seen = api.read(f"buyer:{shop.buyer}", f"/v1/orders/{poisoned}")
    assert (seen["order"]["status"], seen["order"]["captured_minor"]) == ("paid", 1100)
    (verified,) = json.loads(market("project", "verify", "orders", "--json").stdout)
    assert verified["comparison"]["different"] == 0


def test_as_of_answers_equal_a_fresh_fold_of_the_log(olist: ImportedOlist) -> None:
    """At random positions: a random order, a random seller and the books."""
    api, chance = olist.api, random.Random(SEED)
    wanted = set(chance.sample(range(1000, olist.position), POSITIONS))
    events: list[Recorded] = []
    orders: list[str] = []
    sellers: list[str] = []
    books: dict[str, dict[str, int]] = {}
    for recorded in replayed(api, olist.position):
        events.append(recorded)
        if isinstance(recorded.event, OrderPlaced):
            orders.append(recorded.stream.removeprefix("order-"))
        if isinstance(recorded.event, SellerRegistered):
            sellers.append(recorded.stream.removeprefix("seller-"))
        for posting in postings(recorded.event):
            accounts = books.setdefault(posting.currency, {})
            accounts[posting.group] = accounts.get(posting.group, 0) + posting.amount_minor
        if recorded.position not in wanted:
            continue
        as_of = f"as_of={recorded.position}"
        balance = api.read("auditor:a", f"/v1/ledger/trial-balance?{as_of}")
        assert {c: b["accounts"] for c, b in balance["currencies"].items()} == books
        seller = chance.choice(sellers)
        fold: Any = seller_balance_of(of_seller(events, seller), seller)
        seen = api.read("operator:o", f"/v1/sellers/{seller}/balance?{as_of}")
        assert seen == json.loads(as_json(fold))
        if orders:
            order = chance.choice(orders)
            fold = order_of(of_order(events, order), order)
            seen = api.read("operator:o", f"/v1/orders/{order}?{as_of}")
            assert seen == json.loads(as_json(fold))


def as_json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def test_the_past_by_business_time_is_what_was_known_then(olist: ImportedOlist) -> None:
    """The import recorded years of business in a minute: the two times lie far apart."""
    api = olist.api
    until = "2017-07-01T00:00:00Z"
    then = api.read("auditor:a", f"/v1/ledger/trial-balance?as_of={until}")
    (captured,) = api.sql(
        "SELECT -sum(amount_minor) FROM rm_ledger.entries WHERE account_group = 'psp_clearing'"
        " AND occurred_at <= '2017-07-01T00:00:00Z' AND currency = 'BRL'"
    )[0]
    assert then["currencies"]["BRL"]["accounts"]["psp_clearing"] == -captured
    assert then["currencies"]["BRL"]["sum_minor"] == 0
    nothing = api.read("auditor:a", f"/v1/ledger/trial-balance?known_at={until}")
    assert nothing["currencies"] == {}


def explained(api: Api, path: str) -> dict[str, Any]:
    found = api.read("auditor:a", f"/v1/explain/{path}")
    listed = sum(event["amount"] for event in found["events"])
    if found["total"] <= len(found["events"]):
        assert found["carried"] + listed == found["value"], path
    assert all(event["actor"] and event["command_id"] for event in found["events"])
    return dict(found)


def test_explanations_sum_to_the_numbers_explained(olist: ImportedOlist) -> None:
    api, chance = olist.api, random.Random(SEED)
    models = {
        "orders": ("order_id", ("total_minor", "captured_minor", "refunded_minor")),
        "sellers": ("seller_id", ("balance_minor", "earned_minor", "held_minor", "paid_out_minor")),
        "refunds": ("refund_id", ("amount_minor",)),
        "payouts": ("payout_id", ("amount_minor",)),
    }
    for model, (key, fields) in models.items():
        columns = ", ".join((key, *fields))
        rows = api.sql(
            f"SELECT {columns} FROM rm_{model}.{model} WHERE position <= %s ORDER BY 1"
            if model != "sellers"
            else f"SELECT {columns} FROM rm_sellers.sellers WHERE %s > 0 ORDER BY 1",
            olist.position,
        )
        for identity, *values in chance.sample(rows, 25):
            for field, value in zip(fields, values, strict=True):
                found = explained(api, f"{model}/{field}?id={identity}")
                assert found["value"] == value, (model, identity, field, found)
        if model == "payouts":
            assert all(event["provider_reference"] for event in found["events"])
    for account, currency, value in api.sql(
        "SELECT account, currency, balance_minor FROM rm_ledger.balances"
        " WHERE account LIKE 'seller_payable:%%' AND currency = 'BRL' ORDER BY 1 LIMIT 10"
    ):
        found = explained(api, f"ledger/balance_minor?id={account}&currency={currency}")
        assert found["value"] == value
    for month, (_, units, price, shipping) in files.ranking(OLIST, "month").items():
        cell = explained(api, f"sales/gross_minor?id={month}&currency=BRL&limit=5")
        assert cell["value"] == price + shipping
        assert explained(api, f"sales/units?id={month}&currency=BRL&limit=1")["value"] == units


def test_reports_equal_the_files_to_the_cent(olist: ImportedOlist) -> None:
    api = olist.api
    sums = ("orders", "units", "price_minor", "shipping_minor")
    until = "until=2019-01-01T00:00:00Z"
    for path, by in (
        ("sellers?limit=1000", "seller"),
        ("categories?limit=1000", "category"),
        ("sales?group_by=month", "month"),
        ("sales?group_by=seller", "seller"),
    ):
        wanted = files.ranking(OLIST, by)
        seen = api.read("analyst:a", f"/v1/analytics/{path}&{until}")
        found = {row["key"]: tuple(row[name] for name in sums) for row in seen}
        if len(wanted) > 1000:
            ranked = sorted(wanted.items(), key=lambda one: (-one[1][2] - one[1][3], one[0]))
            wanted = dict(ranked[:1000]) if "limit" in path else wanted
        assert found == wanted, path
    (seen,) = api.read("analyst:a", f"/v1/analytics/refunds?group_by=status&{until}")
    assert tuple(
        seen[name] for name in ("refunds", "units", "price_minor", "shipping_minor")
    ) == files.refunds(OLIST)
    (seen,) = api.read("analyst:a", f"/v1/analytics/funnel?{until}")
    assert seen == {"key": "all"} | files.funnel(OLIST)
    text = api.get("analyst:a", f"/v1/analytics/categories?limit=1000&format=csv&{until}").text
    assert len(text.splitlines()) == len(files.ranking(OLIST, "category")) + 1
