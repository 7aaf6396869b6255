"""Every POST is answered with the struct that its route declares, no field more and none less."""

import json
import re
import time
import typing
from typing import Any, get_args

import httpx
import msgspec
import pyotp
import pytest

from tests.api.elsewhere import Known
from tests.api.person import NEW_PASSWORD, PASSWORD, Person
from tests.api.recovering import begun
from tests.api.test_members import Worker
from tests.api.test_staff import Colleague, invitation
from tests.api.test_verification import DETAILS
from tests.conftest import CAUGHT_UP_WITHIN_S, Api, Shop
from tests.integration.authenticator import Authenticator
from write_api.app import TOPICS

POSTS = {
    re.sub(r":\w+}", "}", path): route
    for topic in TOPICS
    for route in topic.routes
    for path in route.paths
    if path.startswith("/v1/")
    and "POST" in route.http_methods
    and not route.opt["permission"].anybody
}


class Answers:
    """Hears every answer of a client."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __call__(self, response: httpx.Response) -> None:
        if response.request.method != "POST" or not response.is_success:
            return
        response.read()
        path = response.request.url.path
        template = next((one for one in POSTS if matches(one, path)), None)
        if template is None:
            return  # Of who is not signed in yet.
        kind: Any = get_args(typing.get_type_hints(POSTS[template].fn)["return"])[0]
        decoded = msgspec.json.decode(response.content, type=kind)
        assert response.json() == json.loads(msgspec.json.encode(decoded)), template
        self.seen.add(template)


def matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None


@pytest.fixture
def answers(api: Api) -> typing.Iterator[Answers]:
    heard = Answers()
    api.http.event_hooks["response"].append(heard)
    yield heard
    api.http.event_hooks["response"].remove(heard)


def test_every_post_is_answered_as_its_route_says(api: Api, answers: Answers) -> None:
    shop = Shop(api)
    seller, operator = f"seller:{shop.seller}", "operator:o"
    price = {"amount_minor": 1200, "currency": "EUR"}
    api.ok(seller, f"/v1/listings/{shop.listing}/price", {"price": price})
    order = shop.place(2)
    shop.pay(order)
    shop.deliver(order)
    part = {"amount": {"amount_minor": 100, "currency": "EUR"}}
    api.ok(operator, f"/v1/orders/{order}/shipments/{shop.seller}/release", part)
    shop.confirm(order)
    api.ok(operator, "/v1/payouts", {"seller_id": shop.seller, "provider": "manual"})
    decided_on(api, shop, order)
    settled_otherwise(api, shop)
    api.ok(f"buyer:{shop.buyer}", f"/v1/orders/{shop.place()}/cancel", {"reason": "r"})
    api.ok(seller, f"/v1/listings/{shop.listing}/retire", {"reason": "r"})
    api.ok(operator, f"/v1/sellers/{shop.seller}/suspend", {"reason": "r"})
    of_an_account(api, Person(api))
    of_an_address(Person(api), Person(api))
    of_staff(api, Colleague(api))
    of_lost_factors(api, Colleague(api))
    of_a_seller(api, Shop(api), Person(api))
    of_a_program(Worker(api, Shop(api), "owner"))
    of_verification(api, Shop(api))
    assert set(POSTS) - answers.seen == set()


def of_an_account(api: Api, anna: Person) -> None:
    granted = anna.registered()
    second = anna.sign_in(device=granted["device_token"]).json()
    asked = anna.ok(second, "/v1/step-ups")
    anna.ok(second, f"/v1/step-ups/{asked['challenge_id']}/confirm", code=anna.code(2))
    begun = anna.ok(granted, "/v1/factors/totp")
    totp: Any = pyotp.parse_uri(begun["uri"])
    factor = f"/v1/factors/totp/{begun['factor_id']}/confirm"
    codes = anna.ok(granted, factor, code=totp.now())["recovery_codes"]
    anna.ok(granted, "/v1/step-ups/factor", code=codes[0])
    anna.ok(granted, "/v1/factors/recovery-codes")
    anna.ok(granted, f"/v1/factors/{begun['factor_id']}/remove")
    anna.ok(granted, "/v1/password", current=PASSWORD, password=NEW_PASSWORD)
    anna.ok(granted, "/v1/password", current=NEW_PASSWORD, password=PASSWORD)
    of_her_passkey(anna, granted)
    of_her_identity(anna, granted, Known(api, "google", anna.address))
    anna.ok(granted, "/v1/sessions/end-others")
    anna.ok(granted, "/v1/sessions/current/end")
    of_her_device(anna, anna.sign_in(device=granted["device_token"]).json())


def of_her_device(anna: Person, granted: Any) -> None:
    found = anna.signed("GET", "/v1/me/devices", granted).json()
    device = f"/v1/me/devices/{found[0]['device_id']}"
    anna.ok(granted, f"{device}/name", name="the old phone")
    anna.ok(granted, f"{device}/revoke")


def of_her_passkey(anna: Person, granted: Any) -> None:
    key = Authenticator()
    asked = anna.ok(granted, "/v1/factors/passkeys")
    path = f"/v1/factors/passkeys/{asked['challenge_id']}/confirm"
    anna.ok(granted, path, credential=key.create(asked["options"]), name="phone")
    asked = anna.ok(granted, "/v1/step-ups/passkey")
    path = f"/v1/step-ups/passkey/{asked['challenge_id']}/confirm"
    anna.ok(granted, path, credential=key.get(asked["options"]))


def of_an_address(anna: Person, mallory: Person) -> None:
    """Changed, and had back."""
    granted = anna.registered()
    sent = anna.ok(granted, "/v1/contacts", email=mallory.address)
    path = f"/v1/contacts/{sent['new']['challenge_id']}/confirm"
    old = {"old_challenge_id": sent["old"]["challenge_id"], "old_code": anna.code(2)}
    anna.ok(granted, path, code=mallory.code(), **old)
    found = anna.signed("GET", "/v1/me/contacts", granted).json()
    assert [one["address"] for one in found] == [mallory.address]
    told = re.search(r"mut_\S+", anna.letter(3)["text"])
    assert told is not None
    back = anna.post("/v1/contacts/undo", token=told[0])
    assert back.json() == {"account_id": granted["account_id"]}


def of_her_identity(anna: Person, granted: Any, there: Known) -> None:
    sent = anna.ok(granted, "/v1/identities", **there.asks)
    path = f"/v1/identities/{sent['ceremony_id']}/confirm"
    linked = anna.ok(granted, path, **there.brings(sent))
    assert there.signs_in().status_code == 202  # Her own factor is due.
    anna.ok(granted, f"/v1/identities/{linked['identity_id']}/unlink")


def of_lost_factors(api: Api, anna: Colleague) -> None:
    wait = begun(anna)
    path = f"/v1/accounts/{anna.account_id}/recoveries/{wait['recovery_id']}/approve"
    api.ok("superadmin:root", path)
    anna.ok(anna.granted, "/v1/recoveries/current/cancel")


def of_staff(api: Api, anna: Colleague) -> None:
    anna.ok(anna.granted, "/v1/invitations/claim", token=invitation(api))
    path = f"/v1/accounts/{anna.account_id}/roles"
    api.ok("superadmin:root", path, {"role": "analyst", "reason": "r"})
    api.ok("superadmin:root", f"{path}/analyst/revoke", {"reason": "r"})


def of_verification(api: Api, shop: Shop) -> None:
    """Said by an operator, and asked of the register, which may still be answering."""
    path = f"/v1/sellers/{shop.seller}/verification"
    assert api.post("operator:o", path, DETAILS).status_code == 202
    deadline = time.monotonic() + CAUGHT_UP_WITHIN_S
    while api.post("operator:o", f"{path}/check").status_code != 202:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def of_a_program(anna: Worker) -> None:
    anna.step_up()
    body = {"name": "robot", "permissions": ["orders:read"]}
    made = anna.ok(anna.session, "/v1/api-keys", **body)
    second = anna.ok(anna.session, f"/v1/api-keys/{made['key_id']}/rotate", overlap_hours=1)
    anna.ok(anna.session, f"/v1/api-keys/{second['key_id']}/revoke")


def of_a_seller(api: Api, shop: Shop, wanda: Person) -> None:
    granted = wanda.registered()
    seller = f"/v1/sellers/{shop.seller}"
    body = {"email": wanda.address, "member": "warehouse"}
    invited = api.ok("operator:o", f"{seller}/invitations", body)
    wanda.ok(granted, f"/v1/seller-invitations/{invited['invitation_id']}/accept")
    member = f"{seller}/members/{granted['account_id']}"
    api.ok(f"seller:{shop.seller}", member, {"member": "manager"})
    api.ok("operator:o", f"{member}/remove")
    target = f"/v1/restrictions/account/{granted['account_id']}"
    api.ok("moderator:mo", f"{target}/impose", {"reason": "abuse", "text": "t"})
    api.ok("moderator:mo", f"{target}/lift", {"text": "t"})


def decided_on(api: Api, shop: Shop, order: str) -> None:
    for verdict in ("approve", "reject"):
        body = {"reason": "r", "amount": {"amount_minor": 10, "currency": "EUR"}}
        asked = api.ok(f"buyer:{shop.buyer}", f"/v1/orders/{order}/refunds", body)
        body = {} if verdict == "approve" else {"reason": "worn"}
        api.ok("operator:o", f"/v1/refunds/{asked['refund_id']}/{verdict}", body)


def settled_otherwise(api: Api, shop: Shop) -> None:
    """A refund whose leg its provider refuses."""
    order = shop.place()
    body = {"provider": "sandbox", "source": "tok_refund_declined"}
    payment = api.ok(f"buyer:{shop.buyer}", f"/v1/orders/{order}/payments", body)["payment_id"]
    api.until("operator:o", f"/v1/payments/{payment}", lambda seen: seen["status"] == "captured")
    body = {"reason": "r", "approve": True}
    refund = api.ok("operator:o", f"/v1/orders/{order}/refunds", body)["refund_id"]
    api.until("operator:o", f"/v1/refunds/{refund}", lambda seen: seen["status"] == "failed")
    body = {"way": "written_off", "reason": "r"}
    api.ok("operator:o", f"/v1/refunds/{refund}/legs/{payment}/settle", body)
