"""Handlers of accounts."""

from collections.abc import Callable, Sequence
from typing import Any

from commands.command import Policy
from commands.stream import Decision, States, Stream
from commands.streams.account import contacts, decider, recovering
from commands.streams.account.messages import (
    AccountAnswer,
    AddFactor,
    ApproveRecovery,
    BeginRecovery,
    CancelRecovery,
    ChangeContact,
    ChangePassword,
    ContactAnswer,
    FactorAnswer,
    FinishRecovery,
    GrantRole,
    PasswordAnswer,
    RecoveryAnswer,
    RegisterAccount,
    RemoveFactor,
    ResetPassword,
    RevokeRole,
    RolesAnswer,
    UndoContactChange,
)
from commands.streams.account.state import ACCOUNT, Account, known
from commands.streams.contact.state import CONTACT
from commands.streams.identity.state import IDENTITY
from commands.streams.notice.state import NOTICE
from commands.streams.session.state import SESSION, is_open
from eventstore.events.account import (
    RecoveryApproved,
    RoleGranted,
    RoleRevoked,
)
from eventstore.events.base import Event


def register(command: RegisterAccount, states: States, _: Policy) -> Decision:
    account = states.of(ACCOUNT, command.account_id, new=True)
    new = command.identity
    identity = states.of(IDENTITY, new.identity) if new else None
    events = decider.register(command, account, states.of(CONTACT, command.contact), identity)
    return events, AccountAnswer(account_id=command.account_id)


def reset_password(command: ResetPassword, states: States, _: Policy) -> Decision:
    open_ones = _open(command.sessions, command.account_id, states)
    account = states.of(ACCOUNT, command.account_id)
    events = decider.reset_password(command, account, open_ones)
    credentials = known(account).credentials + 1
    return events, PasswordAnswer(account_id=command.account_id, credentials=credentials)


def change_password(command: ChangePassword, states: States, _: Policy) -> Decision:
    open_ones = _open(command.sessions, command.account_id, states)
    account = states.of(ACCOUNT, command.account_id)
    events = decider.change_password(command, account, open_ones)
    credentials = known(account).credentials + 1
    return events, PasswordAnswer(account_id=command.account_id, credentials=credentials)


def change_contact(command: ChangeContact, states: States, _: Policy) -> Decision:
    before = states.of(CONTACT, command.before) if command.before else None
    account, contact = states.of(ACCOUNT, command.account_id), states.of(CONTACT, command.contact)
    for one in command.tell:
        states.of(NOTICE, one.notice_id, new=True)
    events = contacts.change(command, account, contact, before)
    return events, ContactAnswer(contact_id=command.contact_id)


def undo_contact_change(command: UndoContactChange, states: States, _: Policy) -> Decision:
    events = contacts.undo(
        command,
        states.of(ACCOUNT, command.account_id),
        {name: states.of(CONTACT, name) for name in command.contacts},
        {name: states.of(IDENTITY, name) for name in command.identities},
        _open(command.sessions, command.account_id, states),
    )
    return events, AccountAnswer(account_id=command.account_id)


def begin_recovery(command: BeginRecovery, states: States, _: Policy) -> Decision:
    events = recovering.begin(command, states.of(ACCOUNT, command.account_id))
    return events, RecoveryAnswer(
        account_id=command.account_id, recovery_id=command.recovery_id, due_at=command.due_at
    )


def _of_recovery(
    decide: Callable[[Any, Account], list[Event]],
) -> Callable[[Any, States, Policy], Decision]:
    """What is decided about a wait that has begun, and answered alike."""

    def handle(command: Any, states: States, _: Policy) -> Decision:
        account = states.of(ACCOUNT, command.account_id)
        events = decide(command, account)
        begun = known(account).recovery
        assert begun is not None
        more = sum(isinstance(one, RecoveryApproved) for one in events)
        return events, RecoveryAnswer(
            account_id=command.account_id,
            recovery_id=command.recovery_id,
            due_at=begun.due_at,
            approvals=len(begun.approvals) + more,
        )

    return handle


def add_factor(command: AddFactor, states: States, _: Policy) -> Decision:
    events = decider.add_factor(command, states.of(ACCOUNT, command.account_id))
    return events, FactorAnswer(factor_id=command.factor_id)


def remove_factor(command: RemoveFactor, states: States, _: Policy) -> Decision:
    events = decider.remove_factor(command, states.of(ACCOUNT, command.account_id))
    return events, FactorAnswer(factor_id=command.factor_id)


def grant_role(command: GrantRole, states: States, _: Policy) -> Decision:
    events = decider.grant_role(command, states.of(ACCOUNT, command.account_id))
    return events, _roles(command.account_id, events)


def revoke_role(command: RevokeRole, states: States, _: Policy) -> Decision:
    account = states.of(ACCOUNT, command.account_id)
    open_ones = _open(command.sessions, command.account_id, states)
    events = decider.revoke_role(command, account, open_ones)
    return events, _roles(command.account_id, events)


def _roles(account_id: str, events: list[Event]) -> RolesAnswer:
    changed = next(one for one in events if isinstance(one, RoleGranted | RoleRevoked))
    return RolesAnswer(account_id=account_id, roles=changed.roles)


def _open(sessions: Sequence[str], account_id: str, states: States) -> list[str]:
    return [one for one in sessions if is_open(states.of(SESSION, one), account_id)]


STREAM = Stream(
    fold=ACCOUNT,
    handlers={
        RegisterAccount: register,
        ResetPassword: reset_password,
        ChangePassword: change_password,
        ChangeContact: change_contact,
        UndoContactChange: undo_contact_change,
        BeginRecovery: begin_recovery,
        ApproveRecovery: _of_recovery(recovering.approve),
        CancelRecovery: _of_recovery(recovering.cancel),
        FinishRecovery: _of_recovery(recovering.finish),
        AddFactor: add_factor,
        RemoveFactor: remove_factor,
        GrantRole: grant_role,
        RevokeRole: revoke_role,
    },
)
