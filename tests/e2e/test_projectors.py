"""Projectors and readers in numbers: killed, waited for, exported."""

import asyncio
import itertools
import json
import os
import signal
import sqlite3
import time
from pathlib import Path

import httpx
import pytest
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from commands.outside.adapters import ADAPTERS
from commands.process_managers import PROCESSES
from projections.read_models import NAMES
from read_api.waits import WAITS_MAX
from tests.conftest import Api, Shop

READERS = 1_000
KILLS = 5
# Each process manager and each provider's worker has one of its own.
CONNECTIONS_MAX = 35 + len(PROCESSES) + len(ADAPTERS)
OF_READ_MAX = 12


def test_projectors_that_are_killed_leave_nothing_half_applied(api: Api) -> None:
    shop = Shop(api, stock=1000)
    for _ in range(KILLS):
        for _ in range(5):
            shop.pay(shop.place())
        killed = api.stack.pid("projectors")
        os.kill(killed, signal.SIGKILL)
        shop.place()
        deadline = time.monotonic() + 60
        while api.stack.pid("projectors") == killed:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    for path in ("/v1/ledger/trial-balance", "/v1/analytics/funnel", "/v1/listings/search"):
        api.read("operator:o", path)
    found = json.loads(api.stack.market("project", "verify", "all", "--json").stdout)
    assert {one["name"]: one["comparison"]["different"] for one in found} == {
        one["name"]: 0 for one in found
    }
    assert [one["name"] for one in found] == [*NAMES]


def connections_of(api: Api) -> dict[str, int]:
    """By the part whose they are; PostgreSQL's own processes have no name."""
    found = api.sql("SELECT application_name, count(*) FROM pg_stat_activity GROUP BY 1")
    return {str(part): int(count) for part, count in found}


def test_a_thousand_waiting_readers_cost_no_connection_each(api: Api) -> None:
    shop = Shop(api)
    order = shop.place()
    api.read(f"buyer:{shop.buyer}", f"/v1/orders/{order}")
    api.stack.market("project", "pause", "orders")
    head = api.position
    shop.pay(order)
    wanted = {"Read-After": str(api.position), "Read-Wait-Ms": "10000"}
    # One caller may not wait so often at once.
    callers = [
        api.headers(f"auditor:a{number}") | wanted for number in range(-(-READERS // WAITS_MAX))
    ]

    async def play() -> tuple[dict[str, int], list[httpx.Response]]:
        limits = httpx.Limits(max_connections=READERS)
        base = f"http://127.0.0.1:{api.settings.read_port}"
        async with httpx.AsyncClient(base_url=base, limits=limits, timeout=30) as client:
            waiting = [
                asyncio.create_task(client.get(f"/v1/orders/{order}", headers=headers))
                for headers in itertools.islice(itertools.cycle(callers), READERS)
            ]
            await asyncio.wait(waiting, timeout=4.0, return_when=asyncio.FIRST_COMPLETED)
            assert not any(task.done() for task in waiting)
            of_parts = await asyncio.to_thread(connections_of, api)
            await asyncio.to_thread(api.stack.market, "project", "resume", "orders")
            return of_parts, await asyncio.gather(*waiting)

    try:
        connections, answers = asyncio.run(play())
    finally:
        api.stack.market("project", "resume", "orders")
    assert connections["market-read"] <= OF_READ_MAX, connections
    assert sum(connections.values()) < CONNECTIONS_MAX, connections
    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        seen = dict(part.split("=") for part in answer.headers["read-position"].split(", "))
        assert set(seen) == {"orders", "payments", "refunds", "escrow"}
        assert all(int(position) > head for position in seen.values())


def test_an_export_is_opened_by_the_plain_library(api: Api, tmp_path: Path) -> None:
    Shop(api)
    head = int(api.sql("SELECT position FROM log_head")[0][0])
    arguments = ("--from", "3", "--to", str(head), "--events-per-file", "5")
    folder = tmp_path / "export"
    made = json.loads(api.stack.market("audit", "export", str(folder), *arguments, "--json").stdout)
    assert (made["first"], made["last"], made["events"]) == (3, head, head - 2)
    wanted = api.sql(
        "SELECT notification_id, originator_id, originator_version, topic, state"
        " FROM stored_events WHERE notification_id BETWEEN 3 AND %s ORDER BY 1",
        head,
    )
    found = []
    for file in made["files"]:
        datastore = SQLiteDatastore(str(folder / file["file"]), originator_id_type="text")
        recorder = SQLiteApplicationRecorder(datastore)
        found += [
            (one.id, one.originator_id, one.originator_version, one.topic, one.state)
            for one in recorder.select_notifications(start=1, limit=100)
        ]
        datastore.close()
    assert found == wanted
    again = api.stack.market("audit", "export", str(folder), check=False)
    assert again.returncode == 1
    assert "choose another folder" in again.stderr
    with pytest.raises(sqlite3.IntegrityError):
        sqlite3.connect(folder / made["files"][0]["file"]).execute(
            "INSERT INTO stored_events SELECT * FROM stored_events LIMIT 1"
        )


def test_history_is_printed_and_folded_from_the_log_alone(api: Api) -> None:
    shop = Shop(api)
    order = shop.place()
    shop.pay(order)
    replay = ("replay", "--stream", f"order-{order}")
    lines = api.stack.market(*replay, "--format", "json").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["name"] for event in events][:1] == ["order.placed.v1"]
    at = str(events[0]["position"])
    folded = json.loads(api.stack.market(*replay, "--fold", "--as-of", at, "--json").stdout)
    assert folded["orders"]["orders"][0]["status"] == "awaiting_payment"
    folded = json.loads(api.stack.market(*replay, "--fold", "--json").stdout)
    assert folded["orders"]["orders"][0]["status"] == "paid"
    table = api.stack.market(*replay, "--fold").stdout
    assert "orders.orders" in table
    bad = api.stack.market(*replay, "--as-of", "soon", check=False)
    assert (bad.returncode, "ISO 8601" in bad.stderr) == (1, True)
