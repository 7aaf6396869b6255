"""Who is of staff: made by superadmins or an invitation, never by themselves."""

from typing import Any

import pytest

from commands.command import Actor
from commands.refusals import NotAllowed
from commands.streams.account.messages import GrantRole, RevokeRole
from commands.streams.account.refusals import (
    AccountUnknown,
    NoStaff,
    OwnRoles,
    RoleIsHeld,
    RoleIsNotHeld,
)
from commands.streams.session.messages import StartSession
from eventstore.events.account import RoleGranted, RoleRevoked
from eventstore.events.session import SessionEnded
from tests.given import World, at, given
from tests.unit.account.test_decider import ANNA, CLAIMED, REGISTERED, started
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import SYSTEM

ROOT = Actor("superadmin", "~root")
HERSELF = Actor("superadmin", "~anna")
MODERATOR = Actor("moderator", "~root")


def granted(role: Any = "moderator", before: Any = (), roles: Any = ("moderator",)) -> RoleGranted:
    return RoleGranted(account_id="~anna", role=role, before=before, roles=roles, reason="joins")


def revoked(role: Any, before: Any, roles: Any) -> RoleRevoked:
    return RoleRevoked(account_id="~anna", role=role, before=before, roles=roles, reason="leaves")


def grant(role: Any = "moderator", by: Actor = ROOT, account_id: str = "~anna") -> GrantRole:
    return GrantRole(account_id=account_id, role=role, reason="joins", **at(by))


def revoke(
    *sessions: str, role: Any = "moderator", by: Actor = ROOT, account_id: str = "~anna"
) -> RevokeRole:
    return RevokeRole(
        account_id=account_id, role=role, reason="leaves", sessions=sessions, **at(by)
    )


def moderator() -> World:
    return given(REGISTERED, CLAIMED, granted())


@pytest.mark.parametrize("by", [ROOT, SYSTEM])
def test_a_role_is_granted_and_what_it_was_before_is_told(by: Actor) -> None:
    given(REGISTERED).when(grant(by=by)).then(granted())
    operator = granted("operator", ("moderator",), ("operator", "moderator"))
    moderator().when(grant("operator", by)).then(operator)


def test_a_role_is_revoked_with_the_sessions_that_are_open() -> None:
    ended = SessionEnded(session_id="~s1", account_id="~anna", reason="role_revoked")
    world = given(
        REGISTERED,
        granted(),
        granted("operator", ("moderator",), ("operator", "moderator")),
        started("~s1"),
        started("~s2", "~other"),
    )
    world.when(revoke("~s1", "~s2")).then(
        revoked("moderator", ("operator", "moderator"), ("operator",)), ended
    )


@pytest.mark.parametrize(
    "why",
    [
        *ladder(
            moderator,
            grant(by=MODERATOR, account_id="~nobody"),
            rung(NotAllowed),
            rung(OwnRoles, "account_id", **at(Actor("superadmin", "~nobody"))),
            rung(AccountUnknown, "account_id", **at(ROOT)),
            rung(RoleIsHeld, "role", account_id="~anna"),
        ),
        *ladder(
            moderator,
            revoke(role="operator", by=ANNA, account_id="~nobody"),
            rung(NotAllowed),
            rung(OwnRoles, "account_id", **at(Actor("superadmin", "~nobody"))),
            rung(AccountUnknown, "account_id", **at(ROOT)),
            rung(RoleIsNotHeld, "role", account_id="~anna"),
        ),
    ],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()


def test_nobody_changes_their_own_roles() -> None:
    moderator().when(grant("operator", HERSELF)).refused(OwnRoles, "account_id")
    moderator().when(revoke(by=HERSELF)).refused(OwnRoles, "account_id")


def staff_session(method: Any) -> StartSession:
    return StartSession(
        session_id="~s9",
        account_id="~anna",
        credentials=1,
        surface="staff",
        device_id="~d1",
        method=method,
        address="~sealed.1.k.A",
        **at(ANNA),
    )


@pytest.mark.parametrize("method", ["code", "password+code", "password+device", "device"])
def test_staff_shows_a_factor_of_its_own(method: Any) -> None:
    moderator().when(staff_session(method)).refused(NoStaff)


@pytest.mark.parametrize("method", ["password+totp", "password+recovery_code", "passkey"])
def test_a_session_of_staff_is_for_staff(method: Any) -> None:
    assert moderator().decide(staff_session(method))
    given(REGISTERED).when(staff_session(method)).refused(NoStaff)
