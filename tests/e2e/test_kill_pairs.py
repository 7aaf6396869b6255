"""A stack that any two of its parts are killed of, and one whose database is an older one."""

import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Api, RunningStack, Shop
from tests.e2e.kill_pairs import KillPairs

SECONDS = 15.0
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


def backed_up(stack: RunningStack) -> Path:
    """A base backup of the running database, beside its data."""
    program, _, folder, *_ = stack.state["parts"]["postgres"]["program"]
    cluster = Path(folder)
    backup = cluster.with_name("backup")
    tool = Path(program).with_name("pg_basebackup")
    url = stack.settings.database_url
    command = [tool, "-d", url, "-D", backup, "-X", "fetch", "-c", "fast"]
    subprocess.run(command, check=True, capture_output=True)
    owner = cluster.stat()
    for path in (backup, *backup.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    return backup


def restore(stack: RunningStack, backup: Path) -> None:
    """The server is lost and comes back with the backup, under the feet of all other parts."""
    supervisor, cluster = int(stack.state["pid"]), backup.with_name("data")
    os.kill(supervisor, signal.SIGSTOP)
    try:
        os.kill(stack.pid("postgres"), signal.SIGKILL)
        cluster.rename(cluster.with_name("lost"))
        backup.rename(cluster)
    finally:
        os.kill(supervisor, signal.SIGCONT)


def test_an_older_database_is_noticed_and_made_good(stack: RunningStack) -> None:
    """A backup is restored: what was written after it is on the bus, in search and in reports."""
    api = Api(stack)
    with closing(api.http):
        kept = Shop(api).listing
        backup = backed_up(stack)
        lost = Shop(api)
        lost.pay(lost.place())
        key, seller = uuid.uuid4().hex, {"seller_id": "again", "name": "n", "currency": "EUR"}
        api.ok("operator:t", "/v1/sellers", seller, key=key)
        for path in ("/v1/listings/search", "/v1/analytics/funnel"):
            api.read("operator:o", path)
        restore(stack, backup)
        until(lambda: "market restored" in status(stack)["parts"]["relay"]["waits_for"])
        api.position = 0
        # Orders go on, at the positions of what was lost, and are read in PostgreSQL. A command
        # that was lost with its answer is decided again.
        api.ok("operator:t", "/v1/sellers", seller, key=key)
        assert api.read("operator:t", "/v1/sellers/again")["name"] == "n"
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
