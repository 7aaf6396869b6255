"""The benchmarks run, and what they check besides speed holds: nothing is lost or oversold."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.bench.catalogue import BENCHES
from tests.conftest import ROOT

MISSED = 2


def bench(name: str, *options: str) -> list[dict[str, Any]]:
    """The results, whether or not the machine is quiet enough for the bars."""
    command = [sys.executable, "-m", "deploy.cli", "bench", name, "--json", "--rounds", "1"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MARKET_")}
    done = subprocess.run(
        [*command, "--seconds", "1", *options],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, MISSED}, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def seen(result: dict[str, Any], what: str) -> Any:
    return next(bar["seen"] for bar in result["bars"] if bar["what"] == what)


def test_the_result_says_what_was_measured_and_where(tmp_path: Path) -> None:
    report = tmp_path / "bench.html"
    (result,) = bench("replay", "--report", str(report))
    assert result["name"] == "replay"
    assert result["ratio"] == pytest.approx(result["ours"] / result["floor"], abs=0.01)
    assert {"cpu", "cores", "python", "packages", "seed"} <= set(result["environment"])
    page = report.read_text()
    assert "<svg" in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_a_hot_item_is_sold_to_its_last_unit_and_no_further() -> None:
    (result,) = bench("hot-item", "--seconds", "3")
    assert seen(result, "rounds in which exactly the stock was sold") == 1
    assert {"p50", "p95", "p99", "p99.9"} == set(result["latency_ms"])
    assert result["rss_mb"]["write"] > 0
    assert result["cpu_us"]["write"] > 0
    assert result["environment"]["postgres"]["fsync"] == "on"
    assert result["environment"]["postgres"]["synchronous_commit"] == "on"


def test_two_writers_lose_and_double_nothing() -> None:
    (result,) = bench("two-writers")
    assert seen(result, "commands lost or doubled") == 0
    assert seen(result, "units oversold on one item") <= 0
    assert seen(result, "sold by the slower writer") > 0


def test_an_overloaded_writer_refuses_and_goes_on() -> None:
    (result,) = bench("overload", "--seconds", "2")
    statuses = result["rounds"][0][0]["details"]["statuses"]
    assert set(statuses) == {"201", "503"}
    assert result["ours"] > 0


def test_unknown_benchmarks_and_wrong_options_are_refused() -> None:
    for options in (["nope"], ["replay", "--rounds", "0"], ["replay", "--report", "/no/such/f"]):
        command = [sys.executable, "-m", "deploy.cli", "bench", *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode in {1, 2}
        assert done.stderr
    assert "place-order" in BENCHES
