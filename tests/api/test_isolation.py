"""Nobody's id opens anything for anybody else: every route, with every id of another world.

A route that is added is tried without being named here: by its own permission, its path's
parameters and the example of its body.
"""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pyotp
import pytest

from read_api.app import TOPICS as READ
from tests.api.elsewhere import Known
from tests.api.person import PASSWORD, Person, refused
from tests.api.test_members import Worker
from tests.conftest import Api, Shop
from tests.integration.authenticator import Authenticator
from write_api.app import TOPICS as WRITE

# What everybody may see of a shop, and where somebody else's id is what is asked for.
PUBLIC = {"/v1/sellers/{seller_id}", "/v1/listings/{listing_id}"}
# What is asked of the caller's own account before the id is looked at.
OWN_STATE = {"/v1/step-ups/{challenge_id}/confirm": "factor-is-due"}
# Whose listings one orders is one's own affair: they are for sale.
FOR_SALE = {"listing_id"}


class World:
    """A buyer, a seller and a person, with all that they can have an id of."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.shop = shop = Shop(api)
        self.person = Person(api)
        self.granted = self.person.registered()
        order = shop.place(2)
        payment = str(shop.pay(order)["payment_id"])
        shop.deliver(order)
        self.ids: dict[str, str] = {
            "order_id": order,
            "payment_id": payment,
            "seller_id": shop.seller,
            "buyer_id": shop.buyer,
            "listing_id": shop.listing,
            "shipping_quote_id": shop.quote()["quote_id"],
            "account": f"escrow:{order}/{shop.seller}",
            "account_id": self.granted["account_id"],
            "session_id": self.granted["session_id"],
        }
        self._has_refund_and_payout()
        self._has_secrets()

    def _has_refund_and_payout(self) -> None:
        api, order = self.api, self.ids["order_id"]
        body = {"reason": "broken", "amount": {"amount_minor": 10, "currency": "EUR"}}
        asked = api.ok(f"buyer:{self.shop.buyer}", f"/v1/orders/{order}/refunds", body)
        self.ids["refund_id"] = asked["refund_id"]
        part = {"amount": {"amount_minor": 100, "currency": "EUR"}}
        release = f"/v1/orders/{order}/shipments/{self.shop.seller}/release"
        api.ok("operator:o", release, part)
        body = {"seller_id": self.shop.seller, "provider": "manual"}
        self.ids["payout_id"] = api.ok("operator:o", "/v1/payouts", body)["payout_id"]

    def _has_secrets(self) -> None:
        """Factors, a device, questions that wait for their answers, an invitation."""
        anna, granted = self.person, self.granted
        (device,) = anna.signed("GET", "/v1/me/devices", granted).json()
        self.ids["device_id"] = device["device_id"]
        begun = anna.ok(granted, "/v1/factors/totp")
        totp: Any = pyotp.parse_uri(begun["uri"])
        anna.ok(granted, f"/v1/factors/totp/{begun['factor_id']}/confirm", code=totp.now())
        self.ids["factor_id"] = begun["factor_id"]
        asked = anna.ok(granted, "/v1/factors/passkeys")
        self.ids["challenge_id"] = asked["challenge_id"]
        owner = Worker(self.api, self.shop, "owner")
        owner.step_up()
        body = {"name": "robot", "permissions": ["orders:read"]}
        self.ids["key_id"] = owner.ok(owner.session, "/v1/api-keys", **body)["key_id"]
        self.ids["recovery_id"] = "~00000000-0000-4000-8000-000000000000"
        there = Known(self.api, "google", anna.address)
        sent = anna.ok(granted, "/v1/identities", **there.asks)
        path = f"/v1/identities/{sent['ceremony_id']}/confirm"
        self.ids["identity_id"] = anna.ok(granted, path, **there.brings(sent))["identity_id"]
        self.ids["ceremony_id"] = anna.ok(granted, "/v1/identities", **there.asks)["ceremony_id"]
        self.credential = Authenticator().create(asked["options"])
        invited = self.api.ok(
            "operator:o",
            f"/v1/sellers/{self.shop.seller}/invitations",
            {"email": anna.address, "member": "owner"},
        )
        self.ids["invitation_id"] = invited["invitation_id"]

    @property
    def private(self) -> set[str]:
        """What no answer to anybody else, and no event of theirs, may hold."""
        return set(self.ids.values()) - {self.shop.listing, self.shop.seller}


@pytest.fixture(scope="module")
def mine(api: Api) -> World:
    return World(api)


@pytest.fixture(scope="module")
def theirs(api: Api) -> World:
    return World(api)


def tried() -> Iterator[tuple[str, str, Any]]:
    """Method, path's form and example of every route that a buyer or a seller may call."""
    for topic in (*WRITE, *READ):
        for route in topic.routes:
            asked = route.opt["permission"]
            for path in route.paths:
                form = re.sub(r":\w+}", "}", path)
                if form.startswith("/v1/") and asked.roles & {"buyer", "seller"}:
                    for method in route.http_methods & {"GET", "POST"}:
                        yield str(method), form, route.opt.get("request")


TRIED = sorted(tried(), key=lambda one: one[:2])


def filled(example: Any, ids: dict[str, str], only: set[str]) -> Any:
    """The example with another's ids wherever a field is named like one of them."""
    if isinstance(example, dict):
        return {
            name: ids[name] if name in ids and name in only else filled(value, ids, only)
            for name, value in example.items()
        }
    if isinstance(example, list):
        return [filled(one, ids, only) for one in example]
    return example


def asking(world: World) -> dict[str, dict[str, str]]:
    api = world.api
    return {
        "buyer": api.headers(f"buyer:{world.shop.buyer}"),
        "seller": api.headers(f"seller:{world.shop.seller}"),
        "person": {"Authorization": f"Bearer {world.granted['access_token']}"},
    }


def ask(world: World, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = asking(world)[who] | {"Idempotency-Key": uuid.uuid4().hex}
    sent = {"json": body or {}} if method == "POST" else {}
    return world.api.http.request(method, path, headers=headers, **sent)


def tells_nothing(answer: httpx.Response, theirs: World, asked: str) -> None:
    """But what the question held already."""
    for secret in theirs.private:
        assert secret in asked or secret not in answer.text, (asked, secret, answer.text[:500])


@pytest.mark.parametrize("who", ["buyer", "seller", "person"])
@pytest.mark.parametrize(
    ("method", "form", "example"),
    [one for one in TRIED if "{" in one[1] and one[1] not in PUBLIC],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_in_a_path(
    mine: World, theirs: World, method: str, form: str, example: Any, who: str
) -> None:
    body = filled(example or {}, theirs.ids, set(theirs.ids) - FOR_SALE)
    if "credential" in body:
        body["credential"] = theirs.credential
    path = form.format_map(theirs.ids)
    answer = ask(mine, who, method, path, body)
    own = answer.status_code == 409 and OWN_STATE.get(form) == refused(answer)[1]
    assert own or answer.status_code in {403, 404}, answer.text
    tells_nothing(answer, theirs, path + str(body))


@pytest.mark.parametrize("who", ["buyer", "seller", "person"])
@pytest.mark.parametrize(
    ("form", "example"),
    [(form, example) for method, form, example in TRIED if method == "POST" and "{" not in form],
)
def test_in_a_body(mine: World, theirs: World, form: str, example: Any, who: str) -> None:
    """Of one's own what is for sale, of another all the rest but what is named anew."""
    ids = theirs.ids | {"listing_id": mine.ids["listing_id"]}
    del ids["order_id"]
    body = filled(example or {}, ids, set(ids))
    answer = ask(mine, who, "POST", form, body)
    assert answer.status_code < 500, answer.text
    if filled(example, dict.fromkeys(set(ids) - FOR_SALE, "~"), set(ids) - FOR_SALE) != example:
        assert answer.status_code in {403, 404, 409, 422}, answer.text
    tells_nothing(answer, theirs, str(body))


@pytest.mark.parametrize("who", ["buyer", "seller", "person"])
@pytest.mark.parametrize("form", [one[1] for one in TRIED if one[0] == "GET" and "{" not in one[1]])
def test_in_a_query(mine: World, theirs: World, form: str, who: str) -> None:
    """Asked for by every name that a parameter could have, and from where another's page ends."""
    period = "since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z"
    for name, one in theirs.ids.items():
        if one in theirs.private:
            path = f"{form}?{period}&{name}={one}&id={one}&target={one}"
            tells_nothing(ask(mine, who, "GET", path), theirs, path)
    page = ask(theirs, who, "GET", f"{form}?limit=1")
    if page.status_code == 200 and isinstance(page.json(), dict):
        cursor = page.json().get("next_cursor")
        path = f"{form}?cursor={cursor}" if cursor else form
        tells_nothing(ask(mine, who, "GET", path), theirs, path)


def test_nothing_of_another_s_was_changed(mine: World, theirs: World) -> None:
    """After all that was tried: no event of mine names what is theirs, and theirs go on."""
    actors = [f"buyer:{mine.shop.buyer}", f"seller:{mine.shop.seller}"]
    actors.append(f"buyer:{mine.ids['account_id']}")
    written = mine.api.sql(
        "SELECT convert_from(state, 'UTF8') FROM stored_events"
        " WHERE convert_from(state, 'UTF8')::jsonb ->> 'actor' = ANY(%s)",
        actors,
    )
    assert written
    for (state,) in written:
        assert not [secret for secret in theirs.private if secret in state], state
    seen = theirs.person.signed("GET", "/v1/me/factors", theirs.granted)
    assert sorted(one["kind"] for one in seen.json()) == ["recovery_codes", "totp"]
    again = theirs.person.sign_in(PASSWORD, theirs.granted["device_token"])
    assert again.status_code == 201
