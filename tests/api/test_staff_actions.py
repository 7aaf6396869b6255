"""Every command of staff has its one entry, with what was before and after; refusals have theirs."""

import json
import re
import time
import uuid
from collections import Counter
from typing import Any

import pytest

from eventstore.identity import STAFF
from tests.api.person import Person
from tests.api.recovering import begun
from tests.api.test_staff import Colleague
from tests.api.test_verification import DETAILS
from tests.conftest import CAUGHT_UP_WITHIN_S, Api, Shop
from write_api.app import TOPICS

OPERATOR, MODERATOR, ROOT = "operator:~ada", "moderator:~mo", "superadmin:~root"
# What everybody does for themselves, staff too, is theirs and not the marketplace's.
BY_STAFF = {
    re.sub(r":\w+}", "}", path)
    for topic in TOPICS
    for route in topic.routes
    for path in route.paths
    if path.startswith("/v1/")
    and "POST" in route.http_methods
    and not route.opt["permission"].roles.isdisjoint(STAFF)
    and not route.opt["permission"].name.endswith(":own")
}


class Staff:
    """Gives every command that staff can give, and remembers under which id."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.run = uuid.uuid4().hex[:10]
        self.given: dict[str, str] = {}

    def do(self, template: str, ids: dict[str, str] | None = None, **body: Any) -> Any:
        who = str(body.pop("who", OPERATOR))
        key = uuid.uuid4().hex
        self.given[f"{who}/{key}"] = template
        return self.api.ok(who, template.format_map(ids or {}), body, key=key)

    def sells(self) -> None:
        self.seller, self.listing = f"s-{self.run}", f"l-{self.run}"
        seller = {"seller_id": self.seller, "name": "Shop", "currency": "EUR"}
        self.do("/v1/sellers", **seller, payout_destination="dest_ok")
        offer = {"title": "Thing", "category": "things", "price": self.eur(1000)}
        self.do("/v1/listings", listing_id=self.listing, seller_id=self.seller, **offer)
        of_listing = {"listing_id": self.listing}
        self.do("/v1/listings/{listing_id}/stock", of_listing, quantity=10)
        self.do("/v1/listings/{listing_id}/price", of_listing, price=self.eur(1200))

    @staticmethod
    def eur(amount: int) -> dict[str, Any]:
        return {"amount_minor": amount, "currency": "EUR"}

    def order(self) -> dict[str, str]:
        lines = [{"listing_id": self.listing, "quantity": 1}]
        quote = self.do("/v1/shipping-quotes", lines=lines)["quote_id"]
        placed = self.do(
            "/v1/orders", lines=lines, shipping_quote_id=quote, buyer_id=f"b-{self.run}"
        )
        return {"order_id": placed["order_id"], "seller_id": self.seller}

    def delivers(self) -> dict[str, str]:
        of_order = self.order()
        parcel = "/v1/orders/{order_id}/shipments/{seller_id}"
        self.do("/v1/orders/{order_id}/payments", of_order, provider="manual")
        sent = {"seller_id": self.seller, "carrier": "CDEK", "tracking_number": "T1"}
        self.do("/v1/orders/{order_id}/shipments", of_order, **sent)
        self.do(f"{parcel}/deliver", of_order)
        self.do(f"{parcel}/release", of_order, amount=self.eur(100))
        self.do(f"{parcel}/confirm", of_order)
        self.do("/v1/payouts", seller_id=self.seller, provider="manual")
        return of_order

    def refunds(self, of_order: dict[str, str]) -> None:
        for verdict, body in (("approve", {}), ("reject", {"reason": "worn"})):
            asked = self.do(
                "/v1/orders/{order_id}/refunds", of_order, reason="r", amount=self.eur(10)
            )
            self.do(f"/v1/refunds/{{refund_id}}/{verdict}", asked, **body)

    def settles_by_hand(self) -> None:
        of_order = self.order()
        source = {"provider": "sandbox", "source": "tok_refund_declined"}
        payment = self.do("/v1/orders/{order_id}/payments", of_order, **source)["payment_id"]
        self._until(f"/v1/payments/{payment}", "captured")
        asked = self.do("/v1/orders/{order_id}/refunds", of_order, reason="r", approve=True)
        self._until(f"/v1/refunds/{asked['refund_id']}", "failed")
        leg = {"refund_id": asked["refund_id"], "payment_id": payment}
        settle = "/v1/refunds/{refund_id}/legs/{payment_id}/settle"
        self.do(settle, leg, way="written_off", reason="bank")

    def _until(self, path: str, status: str) -> None:
        self.api.until(OPERATOR, path, lambda seen: seen["status"] == status)

    def people(self) -> None:
        wanda = Person(self.api)
        granted = wanda.registered()
        of_member = {"seller_id": self.seller, "account_id": granted["account_id"]}
        invited = self.do(
            "/v1/sellers/{seller_id}/invitations",
            of_member,
            email=wanda.address,
            member="warehouse",
        )
        # It is asked for without a key of its own.
        self.given[f"accounts/invite/{invited['invitation_id']}"] = self.given.popitem()[1]
        wanda.ok(granted, f"/v1/seller-invitations/{invited['invitation_id']}/accept")
        self.do("/v1/sellers/{seller_id}/members/{account_id}", of_member, member="manager")
        self.do("/v1/sellers/{seller_id}/members/{account_id}/remove", of_member)
        target = {"kind": "account", "target_id": granted["account_id"]}
        restriction = "/v1/restrictions/{kind}/{target_id}"
        self.do(f"{restriction}/impose", target, reason="abuse", text="t", who=MODERATOR)
        self.do(f"{restriction}/lift", target, text="t", who=MODERATOR)
        role = {"account_id": granted["account_id"], "role": "analyst"}
        roles = "/v1/accounts/{account_id}/roles"
        self.do(roles, role, role="analyst", reason="joins", who=ROOT)
        self.do(f"{roles}/{{role}}/revoke", role, reason="leaves", who=ROOT)

    def verifies(self) -> None:
        """Each is asked for without a key of its own."""
        of = {"seller_id": self.seller}
        path = "/v1/sellers/{seller_id}/verification"
        check_id = self._asked(path, of, "submit", **DETAILS)
        self._until_checked(check_id)
        self._asked(f"{path}/check", of, "check")

    def _asked(self, path: str, ids: dict[str, str], what: str, **body: Any) -> str:
        answer = self.api.post(OPERATOR, path.format_map(ids), body)
        assert answer.status_code == 202, answer.text
        check_id = str(answer.json()["check_id"])
        self.given[f"accounts/verification/{check_id}/{what}"] = path
        return check_id

    def _until_checked(self, check_id: str) -> None:
        query = (
            "SELECT 1 FROM stored_events WHERE topic = 'seller_verification.checked.v1'"
            " AND convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'check_id' = %s"
        )
        deadline = time.monotonic() + CAUGHT_UP_WITHIN_S
        while not self.api.sql(query, check_id):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def recovers(self) -> None:
        anna = Colleague(self.api)
        wait = {"account_id": anna.account_id, "recovery_id": begun(anna)["recovery_id"]}
        path = "/v1/accounts/{account_id}/recoveries/{recovery_id}/approve"
        self.do(path, wait, who=ROOT)

    def ends(self) -> None:
        self.do("/v1/orders/{order_id}/cancel", self.order(), reason="r")
        self.do("/v1/listings/{listing_id}/retire", {"listing_id": self.listing}, reason="r")
        self.do("/v1/sellers/{seller_id}/suspend", {"seller_id": self.seller}, reason="r")


@pytest.fixture(scope="module")
def staff(api: Api) -> Staff:
    staff = Staff(api)
    staff.sells()
    staff.refunds(staff.delivers())
    staff.settles_by_hand()
    staff.people()
    staff.verifies()
    staff.recovers()
    staff.ends()
    return staff


def entries(api: Api, query: str) -> list[Any]:
    return list(api.read("operator:o", f"/v1/audit/actions?{query}")["items"])


def test_staff_can_do_nothing_that_was_not_done_here(staff: Staff) -> None:
    assert BY_STAFF - set(staff.given.values()) == set()


def test_every_command_has_one_entry_with_before_and_after(staff: Staff) -> None:
    found = [
        entry
        for who in (OPERATOR, MODERATOR, ROOT)
        for entry in every_entry(staff.api, f"actor={who}")
        if entry["command_id"] in staff.given
    ]
    counted = Counter(entry["command_id"] for entry in found)
    assert counted == Counter(list(staff.given)), set(staff.given) - set(counted)
    unchanged = {
        staff.given[entry["command_id"]] for entry in found if entry["before"] == entry["after"]
    }
    assert unchanged == set()


def every_entry(api: Api, query: str) -> list[Any]:
    found, cursor = [], ""
    while cursor is not None:
        path = f"/v1/audit/actions?{query}&limit=50" + (f"&cursor={cursor}" if cursor else "")
        page = api.read("operator:o", path)
        found += page["items"]
        cursor = page["next_cursor"]
    return found


def test_an_entry_says_who_did_what_to_whom_and_why(staff: Staff) -> None:
    (entry,) = entries(staff.api, f"action=seller.suspended&target=seller:{staff.seller}")
    (before,) = entry["before"]["sellers"]["sellers"]
    (after,) = entry["after"]["sellers"]["sellers"]
    assert (before["status"], after["status"]) == ("active", "suspended")
    assert (entry["executor"], entry["target"]) == (OPERATOR, f"seller:{staff.seller}")
    assert entry["reason"] == "r"
    (imposed,) = entries(staff.api, f"action=restriction.imposed&actor={MODERATOR}")[-1:]
    assert imposed["target"].startswith("account:~")


def test_an_auditor_sees_no_personal_data_in_it(staff: Staff) -> None:
    path = f"/v1/audit/actions?action=order.shipment_handed_over&actor={OPERATOR}"
    (seen,) = staff.api.read("auditor:a", path)["items"][-1:]
    assert seen["after"]["orders"]["order_parts"][0]["tracking_number"] == "[redacted]"


def test_it_is_given_line_by_line(staff: Staff) -> None:
    path = f"/v1/audit/actions?actor={OPERATOR}&format=lines&limit=2"
    answer = staff.api.get("operator:o", path)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["executor"] for line in lines] == [OPERATOR] * 2
    assert answer.headers["Next-Cursor"]


def to_the_end(api: Api) -> None:
    """What was written without an answer of ours is read too."""
    api.position = int(api.sql("SELECT position FROM log_head")[0][0])


def refusals(api: Api, who: str) -> list[tuple[str, int, str]]:
    """What the log says that somebody has tried in vain."""
    to_the_end(api)
    found = []
    for entry in entries(api, f"actor={who}&action=attempt.refused"):
        stream = api.sql(
            "SELECT convert_from(state, 'UTF8') FROM stored_events WHERE notification_id = %s",
            entry["position"],
        )[0][0]
        data = json.loads(stream)["data"]
        assert entry["target"] == data["path"]
        found.append((data["route"], data["status"], data["code"]))
    return found


def test_what_staff_was_refused_is_in_it(api: Api) -> None:
    shop, who = Shop(api), f"moderator:~{uuid.uuid4().hex[:10]}"
    assert api.post(who, "/v1/payouts", {"seller_id": shop.seller}).status_code == 403
    restriction = f"/v1/restrictions/seller/{shop.seller}/lift"
    assert api.post(who, restriction, {"text": "t"}).status_code == 409
    assert api.post(who, restriction, {"txt": "t"}).status_code == 400
    assert refusals(api, who) == [
        ("POST /v1/payouts", 403, "not-allowed"),
        ("POST /v1/restrictions/{kind}/{target_id}/lift", 409, "not-restricted"),
        ("POST /v1/restrictions/{kind}/{target_id}/lift", 400, "invalid-request"),
    ]


def test_nobody_else_s_refusals_fill_the_log(api: Api) -> None:
    before = api.sql("SELECT count(*) FROM stored_events WHERE topic = 'attempt.refused.v1'")
    assert api.post("buyer:b", "/v1/payouts", {"seller_id": "x"}).status_code == 403
    assert api.http.post("/v1/payouts", json={}).status_code == 401
    after = api.sql("SELECT count(*) FROM stored_events WHERE topic = 'attempt.refused.v1'")
    assert before == after


def test_reads_of_people_and_refused_reads_stand_with_the_other_reads(api: Api) -> None:
    account, who = Person(api).registered()["account_id"], f"moderator:~{uuid.uuid4().hex[:10]}"
    to_the_end(api)
    api.read(who, f"/v1/accounts/{account}")
    assert api.get(who, "/v1/audit/events").status_code == 403
    reads = api.read("auditor:a", f"/v1/audit/reads?reader={who}")["items"]
    assert [(one["path"], one["refused"]) for one in reads] == [
        (f"/v1/accounts/{account}", ""),
        ("/v1/audit/events", "not-allowed"),
    ]
