"""Somebody of whom all second factors are gone, over HTTP."""

import time
from typing import Any

from tests.api.person import LETTER_WITHIN_S, PASSWORD
from tests.api.test_staff import Colleague


def begun(anna: Colleague) -> dict[str, Any]:
    """The wait that has begun."""
    due = anna.post("/v1/sign-ins", email=anna.address, password=PASSWORD).json()["challenge_id"]
    (asked,) = anna.post("/v1/recoveries", challenge_id=due).json()["codes"]
    deadline = time.monotonic() + LETTER_WITHIN_S
    while not (found := [one for one in anna.letters() if "second factors:" in one["subject"]]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    code = {"challenge_id": asked["challenge_id"], "code": found[-1]["subject"][-6:]}
    answer = anna.post("/v1/recoveries/confirm", challenge_id=due, codes=[code])
    assert answer.status_code == 202, answer.text
    return dict(answer.json())
