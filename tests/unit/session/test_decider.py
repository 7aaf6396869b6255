"""Sessions: started with what still counts, ended once, by nobody but their account."""

from typing import Any

import pytest

from commands.command import Actor
from commands.refusals import NotYours
from commands.streams.account.refusals import AccountUnknown, PasswordWasReset
from commands.streams.session.messages import EndSession, StartSession
from commands.streams.session.refusals import SessionExists, SessionIsOver, SessionUnknown
from eventstore.events.session import SessionEnded, SessionStarted
from tests.given import World, at, given
from tests.unit.account.test_decider import ANNA, CLAIMED, MALLORY, REGISTERED, RESET
from tests.unit.ladder import Rung, ladder, named, rung

HOW: dict[str, Any] = {
    "session_id": "~s1",
    "account_id": "~anna",
    "surface": "buyer",
    "seller_id": "",
    "device_id": "~d1",
    "method": "password+code",
    "address": "~sealed.1.k.A",
}
STARTED = SessionStarted(**HOW)
ENDED = SessionEnded(session_id="~s1", account_id="~anna", reason="signed_out")
NOBODY = Actor("buyer", "~nobody")


def start(credentials: int = 1, by: Actor = ANNA, **more: Any) -> StartSession:
    return StartSession(credentials=credentials, **(HOW | more), **at(by))


def end(session_id: str = "~s1", account_id: str = "~anna", by: Actor = ANNA) -> EndSession:
    return EndSession(session_id=session_id, account_id=account_id, reason="signed_out", **at(by))


def anna() -> World:
    return given(REGISTERED, CLAIMED)


def signed_in() -> World:
    return given(REGISTERED, CLAIMED, STARTED)


def signed_out() -> World:
    return given(REGISTERED, CLAIMED, STARTED, ENDED)


def test_a_session_is_started_by_what_was_shown() -> None:
    anna().when(start()).then(STARTED)


def test_the_new_password_starts_one() -> None:
    given(REGISTERED, CLAIMED, RESET).when(start(2)).then(STARTED)


def test_a_session_is_ended() -> None:
    signed_in().when(end()).then(ENDED)


def test_its_address_is_sealed_for_its_account() -> None:
    assert start().sealed_for == "~anna"


@pytest.mark.parametrize(
    "why",
    [
        *ladder(
            signed_out,
            start(2, by=MALLORY, account_id="~nobody"),
            rung(NotYours, "account_id"),
            rung(AccountUnknown, "account_id", **at(NOBODY)),
            rung(PasswordWasReset, None, account_id="~anna", **at(ANNA)),
            rung(SessionExists, "session_id", credentials=1),
        ),
        *ladder(
            signed_out,
            end("~s2", by=MALLORY),
            rung(NotYours, "account_id"),
            rung(SessionUnknown, "session_id", **at(ANNA)),
            rung(
                SessionUnknown, "session_id", session_id="~s1", account_id="~nobody", **at(NOBODY)
            ),
            rung(SessionIsOver, "session_id", account_id="~anna", **at(ANNA)),
        ),
    ],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()


def test_a_password_of_before_starts_nothing() -> None:
    given(REGISTERED, CLAIMED, RESET).when(start(1)).refused(PasswordWasReset)
