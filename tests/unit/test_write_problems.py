"""Refusals of the write side as answers: what is more than a reason is told too."""

from typing import Any

from commands.accounts.gate import ProofRequired, TooManyTries
from commands.accounts.refusals import PasswordsBusy
from commands.accounts.sessions import GrantInvalid
from commands.refusals import Refusal
from deploy.http.problems import problem
from write_api.problems import handlers

HANDLERS: Any = handlers(problem)


def test_work_that_is_due_is_told_in_the_problem() -> None:
    answer = HANDLERS[ProofRequired](None, ProofRequired({"signature": "s"}))
    assert answer.status_code == 429
    assert answer.content.type == "urn:market:problem:proof-of-work-required"
    assert answer.content.challenge == {"signature": "s"}


def test_who_acts_for_somebody_no_more_is_told_so() -> None:
    answer = HANDLERS[GrantInvalid](None, GrantInvalid())
    assert (answer.status_code, answer.content.type[-11:]) == (403, "not-allowed")


def test_when_to_come_again_is_a_header() -> None:
    too_many = HANDLERS[Refusal](None, TooManyTries(after_s=17))
    assert (too_many.status_code, too_many.headers["Retry-After"]) == (429, "17")
    busy = HANDLERS[PasswordsBusy](None, PasswordsBusy())
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "2")
