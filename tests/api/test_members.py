"""A seller's people over HTTP: each in their part, and the log says who it was."""

import time
import uuid
from typing import Any

from tests.api.person import PASSWORD, Person, refused
from tests.conftest import Api, Shop

REFUSED_WITHIN_S = 1.0


class Worker(Person):
    """Invited by an operator, and signed in for the seller."""

    def __init__(self, api: Api, shop: Shop, member: str) -> None:
        super().__init__(api)
        self.granted = self.registered()
        self.account_id: str = self.granted["account_id"]
        path = f"/v1/sellers/{shop.seller}/invitations"
        invited = api.ok("operator:o", path, {"email": self.address, "member": member})
        accept = f"/v1/seller-invitations/{invited['invitation_id']}/accept"
        self.ok(self.granted, accept)
        answer = self.post(
            "/v1/sign-ins",
            email=self.address,
            password=PASSWORD,
            device_token=self.granted["device_token"],
            surface="seller",
            seller_id=shop.seller,
        )
        assert answer.status_code == 201, answer.text
        self.session: dict[str, Any] = answer.json()

    def act(self, path: str, **body: Any) -> Any:
        headers = {
            "Authorization": f"Bearer {self.session['access_token']}",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        return self.http.post(path, json=body, headers=headers)

    def step_up(self) -> None:
        """By a letter, the next with a code that comes to this address."""
        codes = len(self.codes())
        asked = self.ok(self.session, "/v1/step-ups")
        path = f"/v1/step-ups/{asked['challenge_id']}/confirm"
        stepped = self.ok(self.session, path, code=self.code(codes + 1))
        self.session |= {"access_token": stepped["access_token"]}

    def read(self, path: str) -> Any:
        return self.signed("GET", path, self.session)


def test_each_does_what_is_theirs(api: Api, shop: Shop) -> None:
    warehouse, accountant = Worker(api, shop, "warehouse"), Worker(api, shop, "accountant")
    balance = f"/v1/sellers/{shop.seller}/balance"
    retire = f"/v1/listings/{shop.listing}/retire"
    assert accountant.read(balance).status_code == 200
    assert refused(warehouse.read(balance)) == (403, "not-allowed")
    assert refused(accountant.act(retire, reason="r")) == (403, "not-allowed")
    assert refused(warehouse.act(retire, reason="r")) == (403, "not-allowed")
    order = shop.place()
    shop.pay(order)
    parcel = {"seller_id": shop.seller, "carrier": "CDEK", "tracking_number": "T1"}
    shipments = f"/v1/orders/{order}/shipments"
    assert refused(accountant.act(shipments, **parcel)) == (403, "not-allowed")
    assert warehouse.act(shipments, **parcel).status_code == 201
    (who,) = api.sql(
        "SELECT convert_from(state, 'UTF8')::json ->> 'actor',"
        " convert_from(state, 'UTF8')::json ->> 'account' FROM stored_events"
        " WHERE originator_id = %s AND topic LIKE '%%handed_over%%'",
        f"order-{order}",
    )
    assert who == (f"seller:{shop.seller}", warehouse.account_id)


def test_an_owner_chooses_who_acts_for_the_seller(api: Api, shop: Shop) -> None:
    owner, manager = Worker(api, shop, "owner"), Worker(api, shop, "manager")
    other = Shop(api)
    path = f"/v1/sellers/{shop.seller}"
    member = f"{path}/members/{manager.account_id}"
    answer = manager.act(f"{path}/invitations", email="a@example.org", member="owner")
    assert refused(answer) == (403, "not-allowed")
    stale = owner.act(member, member="accountant")
    assert refused(stale) == (403, "step-up-required")
    owner.step_up()
    assert owner.act(member, member="accountant").json()["member"] == "accountant"
    foreign = f"/v1/sellers/{other.seller}"
    body = {"email": "a@example.org", "member": "owner"}
    assert refused(owner.act(f"{foreign}/invitations", **body)) == (403, "not-yours")
    answer = owner.act(f"{foreign}/members/{manager.account_id}", member="owner")
    assert refused(answer) == (403, "not-yours")
    assert owner.act(f"{member}/remove").json()["member"] is None
    began = time.monotonic()
    while manager.read(f"{path}/balance").status_code != 401:
        assert time.monotonic() - began < REFUSED_WITHIN_S
    last = owner.act(f"{path}/members/{owner.account_id}/remove")
    assert refused(last) == (409, "last-owner")


def test_a_surface_of_sellers_names_one(api: Api) -> None:
    person = Person(api)
    for more in ({"surface": "seller"}, {"seller_id": "s1"}, {"surface": "planet"}):
        answer = person.post("/v1/sign-ins", email=person.address, password=PASSWORD, **more)
        assert answer.status_code == 400, answer.text
