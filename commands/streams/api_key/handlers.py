"""Handlers of API keys."""

from commands.command import Policy
from commands.stream import Decision, States, Stream
from commands.streams.api_key import decider
from commands.streams.api_key.messages import ApiKeyAnswer, IssueApiKey, RevokeApiKey
from commands.streams.api_key.state import API_KEY, Issued
from commands.streams.membership.state import MEMBERSHIP
from commands.streams.restriction.state import RESTRICTION
from commands.streams.session.state import SESSION, is_open


def issue(command: IssueApiKey, states: States, _: Policy) -> Decision:
    replaced = states.of(API_KEY, command.replaces) if command.replaces else None
    good = isinstance(replaced, Issued) and is_open(
        states.of(SESSION, command.replaces), replaced.account_id
    )
    # Nothing may have begun under that id.
    states.of(SESSION, command.key_id, new=True)
    events = decider.issue(
        command,
        states.of(API_KEY, command.key_id, new=True),
        states.of(MEMBERSHIP, command.seller_id),
        states.of(RESTRICTION, "account", command.account_id),
        replaced,
        good=good,
    )
    return events, ApiKeyAnswer(key_id=command.key_id)


def revoke(command: RevokeApiKey, states: States, _: Policy) -> Decision:
    session = states.of(SESSION, command.key_id)
    events = decider.revoke(command, states.of(API_KEY, command.key_id), session)
    return events, ApiKeyAnswer(key_id=command.key_id)


STREAM = Stream(fold=API_KEY, handlers={IssueApiKey: issue, RevokeApiKey: revoke})
