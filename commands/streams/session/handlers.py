"""Handlers of sessions."""

from commands.command import Policy
from commands.stream import Decision, States, Stream
from commands.streams.account.state import ACCOUNT
from commands.streams.identity.state import IDENTITY
from commands.streams.membership.state import INITIAL as NOBODY
from commands.streams.membership.state import MEMBERSHIP
from commands.streams.restriction.state import RESTRICTION
from commands.streams.session import decider
from commands.streams.session.messages import EndSession, SessionAnswer, StartSession
from commands.streams.session.state import SESSION


def start(command: StartSession, states: States, _: Policy) -> Decision:
    session = states.of(SESSION, command.session_id, new=True)
    account = states.of(ACCOUNT, command.account_id)
    restriction = states.of(RESTRICTION, "account", command.account_id)
    members = states.of(MEMBERSHIP, command.seller_id) if command.seller_id else NOBODY
    identity = states.of(IDENTITY, command.identity) if command.identity else None
    events = decider.start(command, session, account, restriction, members, identity)
    return events, SessionAnswer(session_id=command.session_id)


def end(command: EndSession, states: States, _: Policy) -> Decision:
    events = decider.end(command, states.of(SESSION, command.session_id))
    return events, SessionAnswer(session_id=command.session_id)


STREAM = Stream(fold=SESSION, handlers={StartSession: start, EndSession: end})
