"""Handlers of identities."""

from commands.command import Policy
from commands.stream import Decision, States, Stream
from commands.streams.account.state import ACCOUNT
from commands.streams.identity import decider
from commands.streams.identity.messages import IdentityAnswer, LinkIdentity, UnlinkIdentity
from commands.streams.identity.state import IDENTITY, Linked


def link(command: LinkIdentity, states: States, _: Policy) -> Decision:
    identity = states.of(IDENTITY, command.identity)
    events = decider.link(command, identity, states.of(ACCOUNT, command.account_id))
    return events, IdentityAnswer(identity_id=command.identity_id)


def unlink(command: UnlinkIdentity, states: States, _: Policy) -> Decision:
    identity = states.of(IDENTITY, command.identity)
    events = decider.unlink(command, identity)
    assert isinstance(identity, Linked)
    return events, IdentityAnswer(identity_id=identity.identity_id)


STREAM = Stream(fold=IDENTITY, handlers={LinkIdentity: link, UnlinkIdentity: unlink})
