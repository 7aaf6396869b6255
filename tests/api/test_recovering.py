"""Lost second factors over HTTP: begun, stopped by a letter or a session, not finished too soon."""

import re
import time

from tests.api.person import LETTER_WITHIN_S, PASSWORD, refused
from tests.api.recovering import begun
from tests.api.test_staff import Colleague
from tests.conftest import Api


def test_it_waits_and_any_letter_or_session_stops_it(api: Api) -> None:
    anna = Colleague(api)
    begun(anna)
    due = anna.post("/v1/sign-ins", email=anna.address, password=PASSWORD).json()["challenge_id"]
    early = anna.post("/v1/recoveries/finish", challenge_id=due)
    assert refused(early) == (409, "recovery-not-due")
    deadline = time.monotonic() + LETTER_WITHIN_S
    while not (told := [t for one in anna.letters() for t in re.findall(r"mut_\S+", one["text"])]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    stopped = anna.post("/v1/recoveries/cancel", token=told[0])
    assert stopped.json() == {"account_id": anna.account_id}
    late = anna.post("/v1/recoveries/finish", challenge_id=due)
    assert refused(late) == (404, "recovery-unknown")
