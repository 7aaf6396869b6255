"""Real orders through the public API: to the cent what the CSV files say."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import OLIST, ROOT, Api, RunningStack
from tests.e2e import olist_sample
from tests.e2e.conftest import ImportedOlist
from tests.e2e.olist_reference import expected

FIGURES = (
    "accepted",
    "ignored_payments",
    "captured",
    "refunded",
    "held",
    "released",
    "commission",
    "paid_out",
)
MEMORY_MB_MAX = 400
SERVERS = {"postgres", "nats", "valkey", "clickhouse", "meilisearch", "s3"}


@pytest.fixture
def own_stack() -> Iterator[RunningStack]:
    running = RunningStack()
    running.up()
    try:
        yield running
    finally:
        running.down()
        running.remove()


@pytest.fixture
def own_api(own_stack: RunningStack) -> Iterator[Api]:
    made = Api(own_stack)
    yield made
    made.http.close()


def imported(stack: RunningStack, folder: Path) -> dict[str, Any]:
    done = stack.market("import", "olist", str(folder), "--json")
    return dict(json.loads(done.stdout))


def agrees(api: Api, summary: dict[str, Any], folder: Path) -> None:
    """Summary, books and report equal what the files say."""
    wanted = expected(folder)
    assert {name: summary[name] for name in FIGURES} == {name: wanted[name] for name in FIGURES}
    assert summary["rejected"] == {"no items": wanted["rejected"]}
    with Path(summary["rejects_file"]).open(newline="") as rejects:
        assert len(list(csv.DictReader(rejects))) == wanted["rejected"]
    as_of = ("--as-of", str(summary["position"]), "--json")
    balance = json.loads(api.stack.market("ledger", "trial-balance", *as_of).stdout)
    books = balance["currencies"]["BRL"]
    assert books["sum_minor"] == 0
    assert books["accounts"] == {
        "commission_income": wanted["commission"],
        "escrow": wanted["held"],
        "payment_difference": wanted["payment_difference"],
        "payout_clearing": 0,
        "psp_clearing": wanted["refunded"] + wanted["paid_out"] - wanted["captured"],
        "refund_clearing": 0,
        "seller_payable": 0,
    }
    from_log = json.loads(api.stack.market("ledger", "trial-balance", *as_of, "--from-log").stdout)
    assert from_log == balance
    api.position = max(api.position, int(summary["position"]))
    until = "until=2019-01-01T00:00:00Z"
    months = api.read("analyst:a", f"/v1/analytics/sales?group_by=month&{until}")
    assert {row["key"]: row["gross_minor"] for row in months} == wanted["months"]


def position(api: Api) -> int:
    return int(api.sql("SELECT position FROM log_head")[0][0])


@pytest.mark.olist
def test_the_olist_orders_to_the_cent(olist: ImportedOlist) -> None:
    agrees(olist.api, olist.summary, OLIST)
    peaks = {n: mb for n, mb in olist.summary["memory_peak_mb"].items() if n not in SERVERS}
    assert max(peaks.values()) < MEMORY_MB_MAX, peaks


def test_an_import_that_is_killed_again_and_again_ends_the_same(
    own_stack: RunningStack, own_api: Api, tmp_path: Path
) -> None:
    api = own_api
    olist_sample.write(tmp_path)
    command = [sys.executable, "-m", "deploy.cli", "import", "olist", str(tmp_path)]
    command += ["--data", str(own_stack.data), "--concurrency", "4"]
    for orders in (5, 20):
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL
        )
        placed = "SELECT count(*) FROM stored_events WHERE topic = 'order.placed.v1'"
        deadline = time.monotonic() + 60
        while process.poll() is None and api.sql(placed)[0][0] < orders:
            assert time.monotonic() < deadline
        process.kill()
        process.wait()
    os.kill(int(own_stack.state["pid"]), signal.SIGKILL)
    os.kill(own_stack.pid("write"), signal.SIGKILL)
    os.kill(own_stack.pid("postgres"), signal.SIGKILL)
    own_stack.up()
    summary = imported(own_stack, tmp_path)
    agrees(api, summary, tmp_path)
    before = position(api)
    again = imported(own_stack, tmp_path)
    assert position(api) == before
    assert {name: again[name] for name in FIGURES} == {name: summary[name] for name in FIGURES}


def test_files_that_cannot_be_read_are_named(stack: RunningStack, api: Api, tmp_path: Path) -> None:
    before = position(api)
    missing = stack.market("import", "olist", str(tmp_path), check=False)
    assert missing.returncode == 1
    assert "orders.csv" in missing.stderr
    olist_sample.write(tmp_path)
    payments = tmp_path / "order_payments.csv"
    payments.write_text(payments.read_text() + f"{1000:032x},9,voucher,1,1.005\n")
    bad = stack.market("import", "olist", str(tmp_path), check=False)
    assert bad.returncode == 1
    assert "order_payments.csv, line" in bad.stderr
    assert "more than two decimals" in bad.stderr
    assert position(api) == before
