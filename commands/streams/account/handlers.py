"""Handlers of accounts."""

from commands.command import Policy
from commands.stream import Decision, States, Stream
from commands.streams.account import decider
from commands.streams.account.messages import (
    AccountAnswer,
    AddFactor,
    FactorAnswer,
    PasswordAnswer,
    RegisterAccount,
    RemoveFactor,
    ResetPassword,
)
from commands.streams.account.state import ACCOUNT, known
from commands.streams.contact.state import CONTACT
from commands.streams.session.state import SESSION, is_open


def register(command: RegisterAccount, states: States, _: Policy) -> Decision:
    account = states.of(ACCOUNT, command.account_id, new=True)
    events = decider.register(command, account, states.of(CONTACT, command.contact))
    return events, AccountAnswer(account_id=command.account_id)


def reset_password(command: ResetPassword, states: States, _: Policy) -> Decision:
    open_ones = [
        one for one in command.sessions if is_open(states.of(SESSION, one), command.account_id)
    ]
    account = states.of(ACCOUNT, command.account_id)
    events = decider.reset_password(command, account, open_ones)
    credentials = known(account).credentials + 1
    return events, PasswordAnswer(account_id=command.account_id, credentials=credentials)


def add_factor(command: AddFactor, states: States, _: Policy) -> Decision:
    events = decider.add_factor(command, states.of(ACCOUNT, command.account_id))
    return events, FactorAnswer(factor_id=command.factor_id)


def remove_factor(command: RemoveFactor, states: States, _: Policy) -> Decision:
    events = decider.remove_factor(command, states.of(ACCOUNT, command.account_id))
    return events, FactorAnswer(factor_id=command.factor_id)


STREAM = Stream(
    fold=ACCOUNT,
    handlers={
        RegisterAccount: register,
        ResetPassword: reset_password,
        AddFactor: add_factor,
        RemoveFactor: remove_factor,
    },
)
