"""One embedded stack for all tests that need a running marketplace."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from deploy.embedded.ports import pick
from deploy.http.tokens import issue
from deploy.settings import Settings, from_environment
from deploy.supervisor import KILLED

ROOT = Path(__file__).resolve().parent.parent
CAUGHT_UP_WITHIN_S = 90.0
ORIGIN = "https://shop.example"
REDIRECT_URI = f"{ORIGIN}/signed-in"
OLIST = ROOT.parent / "shared" / "data" / "olist"


class RunningStack:
    """A stack in a folder of its own, started and stopped by the command line."""

    def __init__(self, **settings: str) -> None:
        # Below /tmp, where PostgreSQL's unprivileged user can go when the tests run as root.
        self.data = Path(tempfile.mkdtemp(prefix="market-test-", dir="/tmp"))
        self.data.chmod(0o755)
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("MARKET_")
        } | {"PYTHONPATH": str(ROOT), **settings}
        self.port = pick(None, set())

    def market(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "deploy.cli", *arguments, "--data", str(self.data)]
        done = subprocess.run(
            command, env=self._environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def up(self) -> None:
        self.market("up", "--detach", "--port", str(self.port))

    def down(self) -> None:
        """Each part ends by itself when it is told to."""
        self.market("down")
        said = (self.data / "logs" / "up.log").read_text()
        assert KILLED not in said, said

    def remove(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.data / "run" / "stack.json").read_text()))

    @property
    def settings(self) -> Settings:
        return from_environment(self.state["environment"])

    def pid(self, part: str) -> int:
        return int(self.state["parts"][part]["pid"])


class Api:
    """Requests as somebody, through the gateway."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self.settings = stack.settings
        self._key = self.settings.private_key_file.read_text()
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{stack.port}", timeout=30)
        self.position = 0

    def token(self, role: str, subject: str, lifetime_s: int = 3600) -> str:
        return issue(self._key, role, subject, datetime.now(UTC), lifetime_s)

    def headers(self, who: str) -> dict[str, str]:
        role, _, subject = who.partition(":")
        return {"Authorization": f"Bearer {self.token(role, subject)}"}

    def post(
        self, who: str, path: str, body: Any = None, *, key: str | None = None, **headers: str
    ) -> httpx.Response:
        sent = self.headers(who) | {"Idempotency-Key": key or uuid.uuid4().hex}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.http.post(path, json={} if body is None else body, headers=sent)
        self.position = max(self.position, int(response.headers.get("Log-Position", "0")))
        return response

    def ok(self, who: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        response = self.post(who, path, body, key=key)
        assert response.status_code in {200, 201}, (path, response.status_code, response.text)
        return response.json()

    def get(self, who: str, path: str, **headers: str) -> httpx.Response:
        sent = self.headers(who) | {"read-after": str(self.position), "read-wait-ms": "10000"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.get(path, headers=sent)

    def read(self, who: str, path: str) -> Any:
        """What a client does that must have its own writes: comes again while it is told to."""
        deadline = time.monotonic() + CAUGHT_UP_WITHIN_S
        response = self.get(who, path)
        while response.status_code == 503 and time.monotonic() < deadline:
            assert response.json()["type"] == "urn:market:problem:read-behind", response.text
            time.sleep(float(response.headers["Retry-After"]))
            response = self.get(who, path)
        assert response.status_code == 200, (path, response.status_code, response.text)
        return response.json()

    def until(self, who: str, path: str, is_so: Callable[[Any], bool]) -> Any:
        """Read again until it is so: for what comes about by itself."""
        deadline = time.monotonic() + CAUGHT_UP_WITHIN_S
        while not is_so(found := self.read(who, path)):
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        return found

    def sql(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.settings.database_url, autocommit=True) as connection:
            return connection.execute(query.encode(), parameters).fetchall()


class Shop:
    """A seller with a listing in stock, and how to order from it."""

    def __init__(self, api: Api, *, stock: int = 10, price: int = 1000, currency: str = "EUR"):
        self.api = api
        self.run = uuid.uuid4().hex[:10]
        self.seller = f"s-{self.run}"
        self.listing = f"l-{self.run}"
        self.buyer = f"b-{self.run}"
        api.ok(
            "operator:test",
            "/v1/sellers",
            {
                "seller_id": self.seller,
                "name": "Shop",
                "currency": currency,
                "payout_destination": "dest_ok",
            },
        )
        self.add_listing(self.listing, price, stock, currency)

    def add_listing(self, listing: str, price: int, stock: int, currency: str = "EUR") -> None:
        offer = {
            "listing_id": listing,
            "seller_id": self.seller,
            "title": f"Thing {listing}",
            "category": "things",
            "price": {"amount_minor": price, "currency": currency},
        }
        self.api.ok(f"seller:{self.seller}", "/v1/listings", offer)
        path = f"/v1/listings/{listing}/stock"
        self.api.ok(f"seller:{self.seller}", path, {"quantity": stock})

    def quote(self, quantity: int = 1, shipping: int = 100) -> dict[str, Any]:
        line = {"listing_id": self.listing, "quantity": quantity, "shipping_minor": shipping}
        return dict(self.api.ok("operator:test", "/v1/shipping-quotes", {"lines": [line]}))

    def order_body(self, quantity: int = 1) -> dict[str, Any]:
        return {
            "lines": [{"listing_id": self.listing, "quantity": quantity}],
            "shipping_quote_id": self.quote(quantity)["quote_id"],
        }

    def place(self, quantity: int = 1) -> str:
        placed = self.api.ok(f"buyer:{self.buyer}", "/v1/orders", self.order_body(quantity))
        return str(placed["order_id"])

    def pay(self, order_id: str, **amount: Any) -> Any:
        body = {"provider": "manual", **amount}
        return self.api.ok("operator:test", f"/v1/orders/{order_id}/payments", body)

    def deliver(self, order_id: str) -> None:
        shipments = f"/v1/orders/{order_id}/shipments"
        parcel = {"seller_id": self.seller, "carrier": "CDEK", "tracking_number": "T1"}
        self.api.ok(f"seller:{self.seller}", shipments, parcel)
        self.api.ok("operator:test", f"{shipments}/{self.seller}/deliver")

    def confirm(self, order_id: str) -> None:
        path = f"/v1/orders/{order_id}/shipments/{self.seller}/confirm"
        self.api.ok(f"buyer:{self.buyer}", path)


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    running = RunningStack(
        MARKET_ORIGINS=ORIGIN,
        MARKET_PASSKEY_DOMAIN="shop.example",
        MARKET_REDIRECT_URIS=REDIRECT_URI,
    )
    running.up()
    try:
        yield running
    finally:
        running.down()
        running.remove()


@pytest.fixture(scope="session")
def api(stack: RunningStack) -> Iterator[Api]:
    made = Api(stack)
    yield made
    made.http.close()


@pytest.fixture
def shop(api: Api) -> Shop:
    return Shop(api)
