"""Who has lost all second factors: a wait of days, that whoever is the owner after all can stop.

Of staff, two other superadmins must have approved it besides.
"""

from commands.refusals import NotAllowed, NotYours
from commands.streams.account.messages import (
    ApproveRecovery,
    BeginRecovery,
    CancelRecovery,
    FinishRecovery,
)
from commands.streams.account.refusals import (
    ApprovedAlready,
    NothingToRecover,
    OwnRoles,
    RecoveryNotApproved,
    RecoveryNotDue,
    RecoveryUnderWay,
    RecoveryUnknown,
)
from commands.streams.account.state import Account, Recovery, Registered, known, shown
from eventstore.events.account import (
    FactorRemoved,
    Recovered,
    RecoveryApproved,
    RecoveryBegun,
    RecoveryCancelled,
)
from eventstore.events.base import Event

APPROVALS = 2


def begin(command: BeginRecovery, account: Account) -> list[Event]:
    _their_own(command)
    registered = shown(account, command.credentials)
    if not registered.factors:
        raise NothingToRecover
    if registered.recovery is not None:
        raise RecoveryUnderWay
    return [
        RecoveryBegun(
            account_id=command.account_id,
            recovery_id=command.recovery_id,
            due_at=command.due_at,
        )
    ]


def approve(command: ApproveRecovery, account: Account) -> list[Event]:
    """By a superadmin, not for themselves."""
    if command.by.role != "superadmin":
        raise NotAllowed
    if command.by.subject == command.account_id:
        raise OwnRoles(field="account_id")
    recovery = _under_way(known(account), command.recovery_id)
    if command.by.subject in recovery.approvals:
        raise ApprovedAlready
    return [
        RecoveryApproved(
            account_id=command.account_id,
            recovery_id=command.recovery_id,
            approver=command.by.subject,
            before=recovery.approvals,
        )
    ]


def cancel(command: CancelRecovery, account: Account) -> list[Event]:
    _their_own(command)
    _under_way(known(account), command.recovery_id)
    return [RecoveryCancelled(account_id=command.account_id, recovery_id=command.recovery_id)]


def finish(command: FinishRecovery, account: Account) -> list[Event]:
    if command.by.role != "system":
        raise NotAllowed
    registered = known(account)
    recovery = _under_way(registered, command.recovery_id)
    if command.now < recovery.due_at:
        raise RecoveryNotDue
    if registered.roles and len(recovery.approvals) < APPROVALS:
        raise RecoveryNotApproved
    return [
        Recovered(account_id=command.account_id, recovery_id=command.recovery_id),
        *(
            FactorRemoved(account_id=command.account_id, factor_id=one)
            for one in registered.factors
        ),
    ]


def _under_way(account: Registered, recovery_id: str) -> Recovery:
    if account.recovery is None or account.recovery.recovery_id != recovery_id:
        raise RecoveryUnknown(field="recovery_id")
    return account.recovery


def _their_own(command: BeginRecovery | CancelRecovery) -> None:
    if not command.by.may_act_for_buyer(command.account_id):
        raise NotYours(field="account_id")
