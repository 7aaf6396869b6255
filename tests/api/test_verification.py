"""A seller is verified through the whole stack: said over HTTP, asked of the register, shown."""

import time
from typing import Any

import httpx

from tests.api.person import refused
from tests.api.test_members import Worker
from tests.conftest import CAUGHT_UP_WITHIN_S, Api, Shop
from tests.unit.test_requisites import ACCOUNT

DETAILS = {
    "kind": "company",
    "name": "Pottery Ltd",
    "inn": "7707083893",
    "ogrn": "1027700132195",
    "kpp": "773601001",
    "bik": "044525225",
    "bank_account": ACCOUNT,
}


def knows(api: Api, **taxpayer: Any) -> None:
    """What the registers' stand-in knows."""
    sandbox = api.settings.providers["sandbox"]
    answer = httpx.post(
        f"{sandbox.url}/_control/taxpayers",
        json=taxpayer,
        headers={"Authorization": f"Bearer {sandbox.secret_key}"},
    )
    assert answer.status_code == 201, answer.text


def until_asked(anna: Worker) -> dict[str, Any]:
    deadline = time.monotonic() + CAUGHT_UP_WITHIN_S
    while (seen := dict(anna.read("/v1/me/verification").json()))["asking"]:
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)
    return seen


def test_the_register_confirms_who_a_seller_is(api: Api, shop: Shop) -> None:
    anna = Worker(api, shop, "owner")
    anna.step_up()
    path = f"/v1/sellers/{shop.seller}/verification"
    assert refused(anna.read("/v1/me/verification")) == (404, "details-unknown")
    for field, wrong in (("inn", "7707083894"), ("ogrn", "1027700132196"), ("bik", "144525225")):
        answer = anna.act(path, **(DETAILS | {field: wrong}))
        assert refused(answer) == (422, "requisite-invalid")
        assert answer.json()["errors"][0]["field"] == field
    knows(api, inn="7707083893", ogrn="1027700132195", kpp="773601001")
    asked = anna.act(path, **DETAILS)
    assert asked.status_code == 202, asked.text
    seen = until_asked(anna)
    assert (seen["found"], seen["inn"], seen["bank_account"]) == (
        "active",
        "…3893",
        f"…{ACCOUNT[-4:]}",
    )
    api.until("buyer:b", f"/v1/sellers/{shop.seller}", lambda found: found["verified"])
    knows(api, inn="7707083893", ogrn="1027700132195", status="LIQUIDATED")
    assert api.post("operator:o", f"{path}/check").status_code == 202
    assert until_asked(anna)["found"] == "not_active"


def test_nobody_says_or_sees_it_of_another(api: Api, shop: Shop) -> None:
    anna, other = Worker(api, shop, "owner"), Worker(api, Shop(api), "owner")
    other.step_up()
    path = f"/v1/sellers/{shop.seller}/verification"
    assert refused(other.act(path, **DETAILS)) == (403, "not-yours")
    warehouse = Worker(api, shop, "warehouse")
    assert refused(warehouse.read("/v1/me/verification")) == (403, "not-allowed")
    assert refused(anna.act(f"{path}/check")) == (403, "not-allowed")
