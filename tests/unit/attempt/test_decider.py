"""Attempts that were refused: recorded of staff, once."""

from commands.command import Actor
from commands.refusals import NotAllowed
from commands.streams.attempt.messages import RecordAttempt
from eventstore.events.attempt import AttemptRefused
from tests.given import OPERATOR, at, given
from tests.unit.market import BUYER

REFUSED = AttemptRefused(
    attempt_id="~t1",
    route="POST /v1/payouts",
    path="/v1/payouts",
    status=403,
    code="step-up-required",
)


def record(by: Actor = OPERATOR) -> RecordAttempt:
    return RecordAttempt(
        attempt_id="~t1",
        route="POST /v1/payouts",
        path="/v1/payouts",
        status=403,
        code="step-up-required",
        **at(by),
    )


def test_what_staff_was_refused_is_recorded() -> None:
    given().when(record()).then(REFUSED)


def test_it_is_recorded_once() -> None:
    given(REFUSED).when(record()).then()


def test_nobody_else_s_attempts_fill_the_log() -> None:
    given().when(record(BUYER)).refused(NotAllowed, says="Attempts are recorded of staff.")
