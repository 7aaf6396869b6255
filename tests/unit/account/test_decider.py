"""Accounts: there is one when a contact was confirmed; a reset password ends what was open."""

from typing import Any

import pytest

from commands.command import Actor
from commands.refusals import NotYours
from commands.streams.account.messages import ChangePassword, RegisterAccount, ResetPassword
from commands.streams.account.refusals import AccountExists, AccountUnknown, PasswordWasReset
from commands.streams.contact.refusals import ContactTaken
from eventstore.events.account import AccountRegistered, PasswordChanged, PasswordReset
from eventstore.events.contact import ContactClaimed
from eventstore.events.session import SessionEnded, SessionStarted
from tests.given import World, at, given
from tests.unit.ladder import Rung, ladder, named, rung

ANNA = Actor("buyer", "~anna")
MALLORY = Actor("buyer", "~mallory")
CLAIM: dict[str, Any] = {"contact": "0a1b", "contact_id": "~c1", "channel": "email"}
REGISTERED = AccountRegistered(account_id="~anna", contact_id="~c1", channel="email")
CLAIMED = ContactClaimed(account_id="~anna", **CLAIM)
CHANGED = PasswordChanged(account_id="~anna")
RESET = PasswordReset(account_id="~anna", contact_id="~c1")


def started(session_id: str, account_id: str = "~anna") -> SessionStarted:
    return SessionStarted(
        session_id=session_id,
        account_id=account_id,
        surface="buyer",
        seller_id="",
        device_id="~d1",
        method="code",
        address="~sealed.1.k.A",
    )


def ended(session_id: str, account_id: str = "~anna") -> SessionEnded:
    return SessionEnded(session_id=session_id, account_id=account_id, reason="password_reset")


def register(account_id: str = "~anna", by: Actor = ANNA) -> RegisterAccount:
    return RegisterAccount(account_id=account_id, **CLAIM, **at(by))


def reset(
    *sessions: str, account_id: str = "~anna", by: Actor = ANNA, credentials: int = 1
) -> ResetPassword:
    return ResetPassword(
        account_id=account_id,
        contact_id="~c1",
        credentials=credentials,
        sessions=sessions,
        **at(by),
    )


def anna() -> World:
    return given(REGISTERED, CLAIMED)


def test_the_address_is_claimed_with_the_account() -> None:
    given().when(register()).then(REGISTERED, CLAIMED)


def test_a_reset_password_ends_what_is_open_and_only_their_own() -> None:
    world = given(
        REGISTERED, CLAIMED, started("~s1"), started("~s2"), started("~s3", "~other"), ended("~s2")
    )
    world.when(reset("~s1", "~s2", "~s3", "~s4")).then(RESET, ended("~s1"))


def change(
    *sessions: str, account_id: str = "~anna", by: Actor = ANNA, credentials: int = 1
) -> ChangePassword:
    return ChangePassword(
        account_id=account_id, credentials=credentials, sessions=sessions, **at(by)
    )


def test_a_changed_password_ends_what_is_open_elsewhere() -> None:
    world = given(REGISTERED, CLAIMED, started("~s1"), started("~s2"), started("~s3", "~other"))
    end = SessionEnded(session_id="~s1", account_id="~anna", reason="password_changed")
    world.when(change("~s1", "~s3", "~s4")).then(CHANGED, end)
    given(REGISTERED, CHANGED).when(change()).refused(PasswordWasReset)
    given(REGISTERED, CHANGED).when(change(credentials=2)).then(CHANGED)
    given(REGISTERED).when(change(by=MALLORY)).refused(NotYours, "account_id")
    given().when(change()).refused(AccountUnknown, "account_id")


@pytest.mark.parametrize(
    "why",
    [
        *ladder(
            anna,
            register(by=MALLORY),
            rung(NotYours, "account_id"),
            rung(AccountExists, "account_id", **at(ANNA)),
            rung(ContactTaken, None, account_id="~mallory", **at(MALLORY)),
        ),
        *ladder(
            anna,
            reset(account_id="~nobody", by=MALLORY, credentials=2),
            rung(NotYours, "account_id"),
            rung(AccountUnknown, "account_id", **at(Actor("buyer", "~nobody"))),
            rung(PasswordWasReset, None, account_id="~anna", **at(ANNA)),
        ),
    ],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()
