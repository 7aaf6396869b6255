"""The first of staff, and those that follow, over HTTP and the command line."""

import re
import time
from typing import Any

import pyotp

from tests.api.person import Person, refused
from tests.conftest import Api
from tests.integration.authenticator import Authenticator

REFUSED_WITHIN_S = 1.0
INVITATION = re.compile(r"mit_\S+")


def invitation(api: Api) -> str:
    found = INVITATION.search(api.stack.market("account", "create-superadmin").stdout)
    assert found is not None
    return found[0]


class Colleague(Person):
    """Has an authenticator, and the codes to sign in with at any moment."""

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self.granted = self.registered()
        begun = self.ok(self.granted, "/v1/factors/totp")
        totp: Any = pyotp.parse_uri(begun["uri"])
        path = f"/v1/factors/totp/{begun['factor_id']}/confirm"
        self.codes: list[str] = self.ok(self.granted, path, code=totp.now())["recovery_codes"]
        self.account_id: str = self.granted["account_id"]

    def as_staff(self) -> Any:
        asked = self.post(
            "/v1/sign-ins",
            email=self.address,
            password="korrekte-pferde-batterie",
            surface="staff",
        )
        if asked.status_code != 202:
            return asked
        path = f"/v1/sign-ins/{asked.json()['challenge_id']}/factor"
        return self.post(path, code=self.codes.pop())


def test_who_is_of_staff_signs_in_by_a_passkey_alone(api: Api) -> None:
    anna, key = Colleague(api), Authenticator()
    asked = anna.ok(anna.granted, "/v1/factors/passkeys")
    path = f"/v1/factors/passkeys/{asked['challenge_id']}/confirm"
    anna.ok(anna.granted, path, credential=key.create(asked["options"]))
    anna.ok(anna.granted, "/v1/invitations/claim", token=invitation(api))
    asked = anna.post("/v1/sign-ins/passkey", surface="staff").json()
    path = f"/v1/sign-ins/passkey/{asked['challenge_id']}/confirm"
    granted = anna.post(path, credential=key.get(asked["options"]))
    assert granted.status_code == 201, granted.text
    seen = anna.signed("GET", f"/v1/accounts/{anna.account_id}", granted.json())
    assert seen.json()["roles"] == ["superadmin"]
    kinds = [one["kind"] for one in anna.signed("GET", "/v1/me/factors", anna.granted).json()]
    assert sorted(kinds) == ["passkey", "recovery_codes", "totp"]
    wrong = anna.post(path, credential=key.get(asked["options"]))
    assert refused(wrong) == (403, "passkey-refused")


def test_from_the_command_line_to_a_moderator_and_out(api: Api) -> None:
    root, anna = Colleague(api), Colleague(api)
    assert refused(anna.as_staff()) == (403, "no-staff")
    token = invitation(api)
    assert root.ok(root.granted, "/v1/invitations/claim", token=token)["role"] == "superadmin"
    session = root.as_staff().json()
    path = f"/v1/accounts/{anna.account_id}/roles"
    granted = keyed(root, session, path, role="moderator", reason="joins")
    assert granted.json()["roles"] == ["moderator"]
    api.position = int(granted.headers["Log-Position"])
    seen = api.read("auditor:a", f"/v1/accounts/{anna.account_id}")
    assert (seen["roles"], seen["factors"], seen["restricted"]) == (["moderator"], 2, False)
    hers = anna.as_staff().json()
    assert refused(keyed(anna, hers, path, role="operator", reason="r")) == (403, "not-allowed")
    own = f"/v1/accounts/{root.account_id}/roles"
    assert refused(keyed(root, session, own, role="operator", reason="r")) == (403, "own-roles")
    assert keyed(root, session, f"{path}/moderator/revoke", reason="leaves").json()["roles"] == []
    began = time.monotonic()
    while anna.signed("POST", "/v1/sessions/end-others", hers).status_code != 401:
        assert time.monotonic() - began < REFUSED_WITHIN_S
    assert refused(anna.as_staff()) == (403, "no-staff")


def keyed(person: Person, granted: dict[str, Any], path: str, **body: Any) -> Any:
    headers = {
        "Authorization": f"Bearer {granted['access_token']}",
        "Idempotency-Key": f"{path}-{time.monotonic_ns()}",
    }
    return person.http.post(path, json=body, headers=headers)


def test_a_superadmin_acts_in_the_role_that_is_asked_for(api: Api) -> None:
    root = Colleague(api)
    root.ok(root.granted, "/v1/invitations/claim", token=invitation(api))
    session = root.as_staff().json()
    made = keyed(root, session, "/v1/sellers", name="Shop", currency="EUR")
    assert made.status_code == 201
    seller = made.json()["seller_id"]
    (actor,) = api.sql(
        "SELECT convert_from(state, 'UTF8')::json ->> 'actor' FROM stored_events"
        " WHERE originator_id = %s",
        f"seller-{seller}",
    )
    assert actor == (f"operator:{root.account_id}",)
