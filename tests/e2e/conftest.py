"""The real orders, imported once for all tests that read them.

Who writes more writes with sellers and times of its own: what was imported stays as it is.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import OLIST, Api, RunningStack


class ImportedOlist:
    """The stack with the orders in it, and what the import said."""

    def __init__(self, stack: RunningStack, api: Api) -> None:
        self.stack = stack
        self.api = api
        done = stack.market("import", "olist", str(OLIST), "--json")
        self.summary: dict[str, Any] = json.loads(done.stdout)
        self.position = int(self.summary["position"])
        api.position = self.position


@pytest.fixture(scope="session")
def olist() -> Iterator[ImportedOlist]:
    if not OLIST.is_dir():
        pytest.skip(f"the Olist files are not at {OLIST}")
    running = RunningStack()
    running.up()
    try:
        api = Api(running)
        yield ImportedOlist(running, api)
        api.http.close()
    finally:
        running.down()
        running.remove()
