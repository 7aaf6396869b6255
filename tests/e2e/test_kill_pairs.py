"""A stack that any two of its parts are killed of, and one whose database is an older one."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deploy.embedded import postgres
from tests.conftest import Api, RunningStack, Shop
from tests.e2e.kill_pairs import KillPairs

SECONDS = 20.0
SEED = 7
WITHIN_S = 60.0


@pytest.fixture(scope="module")
def stack() -> Iterator[RunningStack]:
    running = RunningStack()
    running.up()
    try:
        yield running
    finally:
        running.down()
        running.remove()


def status(stack: RunningStack) -> dict[str, Any]:
    return dict(json.loads(stack.market("status", "--json").stdout))


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_any_two_parts_killed_together_lose_and_double_nothing(stack: RunningStack) -> None:
    """A short run: the long ones are made by hand."""
    lines: list[str] = []
    assert KillPairs(stack, SEED, lines.append).run(SECONDS) == [], lines


def test_an_older_database_is_noticed_and_made_good(stack: RunningStack) -> None:
    """A backup is restored: what was written after it is on the bus, in search and in reports."""
    kept = Shop(Api(stack)).listing
    stack.down()
    cluster = postgres.home(stack.data) / "data"
    backup = cluster.with_name("backup")
    shutil.copytree(cluster, backup, symlinks=True)
    own(cluster, backup)
    stack.up()
    api = Api(stack)
    lost = Shop(api)
    lost.pay(lost.place())
    api.read("buyer:b", "/v1/listings/search")
    api.read("operator:o", "/v1/analytics/funnel")
    stack.down()
    shutil.rmtree(cluster)
    backup.rename(cluster)
    stack.up()
    until(lambda: "market restored" in status(stack)["parts"]["relay"]["waits_for"])
    api = Api(stack)
    # Orders go on, at the positions of what was lost, and are read in PostgreSQL.
    shop = Shop(api)
    order = shop.place()
    view = api.read(f"buyer:{shop.buyer}", f"/v1/orders/{order}")
    assert view["order"]["status"] == "awaiting_payment"
    assert "rebuilt" in stack.market("restored").stdout
    until(lambda: status(stack)["healthy"])
    found = api.read("buyer:b", "/v1/listings/search?limit=50")
    listed = {hit["listing_id"] for hit in found["hits"]}
    assert {kept, shop.listing} <= listed
    assert lost.listing not in listed
    verified = json.loads(stack.market("project", "verify", "all", "--json").stdout)
    assert not [one["name"] for one in verified if one["comparison"]["different"]]
    assert "nothing was done" in stack.market("restored").stdout


def own(cluster: Any, copy: Any) -> None:
    """PostgreSQL's unprivileged user owns the copy as it does the cluster."""
    owner = cluster.stat()
    for path in (copy, *copy.rglob("*")):
        shutil.chown(path, owner.st_uid, owner.st_gid)
