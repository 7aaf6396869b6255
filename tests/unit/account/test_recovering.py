"""Lost second factors: begun once, approved by others, finished when it is due."""

from datetime import timedelta
from typing import Any

from commands.command import Actor
from commands.refusals import NotAllowed, NotYours
from commands.streams.account.messages import (
    ApproveRecovery,
    BeginRecovery,
    CancelRecovery,
    FinishRecovery,
)
from commands.streams.account.refusals import (
    AccountUnknown,
    ApprovedAlready,
    NothingToRecover,
    OwnRoles,
    PasswordWasReset,
    RecoveryNotApproved,
    RecoveryNotDue,
    RecoveryUnderWay,
    RecoveryUnknown,
)
from eventstore.events.account import (
    AccountRegistered,
    FactorAdded,
    FactorRemoved,
    Recovered,
    RecoveryApproved,
    RecoveryBegun,
    RecoveryCancelled,
    RoleGranted,
)
from tests.given import NOW, World, at, given

ANNA = Actor("buyer", "~anna")
MALLORY = Actor("buyer", "~mallory")
ROOT, OTHER = Actor("superadmin", "~root"), Actor("superadmin", "~other")
US = Actor("system", "accounts")
DUE = NOW + timedelta(hours=72)
REGISTERED = AccountRegistered(account_id="~anna", contact_id="~c1", channel="email")
FACTOR = FactorAdded(account_id="~anna", factor_id="~f1", kind="totp")
BEGUN = RecoveryBegun(account_id="~anna", recovery_id="~r1", due_at=DUE)
CANCELLED = RecoveryCancelled(account_id="~anna", recovery_id="~r1")
RECOVERED = Recovered(account_id="~anna", recovery_id="~r1")
REMOVED = FactorRemoved(account_id="~anna", factor_id="~f1")
STAFF = RoleGranted(account_id="~anna", role="operator", before=(), roles=("operator",), reason="r")
OF: dict[str, Any] = {"account_id": "~anna", "recovery_id": "~r1"}


def waiting() -> World:
    return given(REGISTERED, FACTOR, BEGUN)


def begin(by: Actor = ANNA, **more: Any) -> BeginRecovery:
    return BeginRecovery(**(OF | {"credentials": 1, "due_at": DUE} | more), **at(by))


def approve(by: Actor = ROOT, **more: Any) -> ApproveRecovery:
    return ApproveRecovery(**(OF | more), **at(by))


def finish(by: Actor = US, now: Any = DUE, **more: Any) -> FinishRecovery:
    return FinishRecovery(**(OF | more), **at(by, now))


def cancel(by: Actor = ANNA, **more: Any) -> CancelRecovery:
    return CancelRecovery(**(OF | more), **at(by))


def approved(by: str, *before: str) -> RecoveryApproved:
    return RecoveryApproved(**OF, approver=by, before=before)


def test_it_begins_once_for_who_has_something_to_lose() -> None:
    given(REGISTERED, FACTOR).when(begin()).then(BEGUN)
    given(REGISTERED).when(begin()).refused(NothingToRecover)
    waiting().when(begin()).refused(RecoveryUnderWay)
    given(REGISTERED, FACTOR).when(begin(MALLORY)).refused(NotYours, "account_id")
    given(REGISTERED, FACTOR).when(begin(credentials=2)).refused(PasswordWasReset)
    given().when(begin()).refused(AccountUnknown, "account_id")


def test_it_ends_when_it_is_due_and_not_before() -> None:
    waiting().when(finish(now=DUE - timedelta(microseconds=1))).refused(RecoveryNotDue)
    waiting().when(finish()).then(RECOVERED, REMOVED)
    waiting().when(finish(by=ANNA)).refused(NotAllowed)
    waiting().when(finish(recovery_id="~r2")).refused(RecoveryUnknown, "recovery_id")
    given(REGISTERED, FACTOR, BEGUN, RECOVERED, REMOVED).when(finish()).refused(
        RecoveryUnknown, "recovery_id"
    )


def test_its_owner_stops_it() -> None:
    waiting().when(cancel()).then(CANCELLED)
    waiting().when(cancel(MALLORY)).refused(NotYours, "account_id")
    waiting().when(cancel(recovery_id="~r2")).refused(RecoveryUnknown, "recovery_id")
    given(REGISTERED, FACTOR, BEGUN, CANCELLED).when(finish()).refused(
        RecoveryUnknown, "recovery_id"
    )
    given(REGISTERED, FACTOR, BEGUN, CANCELLED).when(begin()).then(BEGUN)


def test_of_staff_two_others_approve_it() -> None:
    history = (REGISTERED, FACTOR, STAFF, BEGUN)
    given(*history).when(finish()).refused(RecoveryNotApproved)
    given(*history).when(approve()).then(approved("~root"))
    one = (*history, approved("~root"))
    given(*one).when(finish()).refused(RecoveryNotApproved)
    given(*one).when(approve()).refused(ApprovedAlready)
    given(*one).when(approve(OTHER)).then(approved("~other", "~root"))
    given(*one, approved("~other", "~root")).when(finish()).then(RECOVERED, REMOVED)
    given(*history).when(approve(Actor("superadmin", "~anna"))).refused(OwnRoles, "account_id")
    for role in (Actor("moderator", "~mo"), Actor("operator", "~o"), ANNA):
        given(*history).when(approve(role)).refused(NotAllowed)
    given(*history).when(approve(recovery_id="~r2")).refused(RecoveryUnknown, "recovery_id")
