"""Handlers of restrictions."""

from commands.command import Policy
from commands.stream import Decision, States, Stream
from commands.streams.account.state import ACCOUNT
from commands.streams.membership.state import INITIAL as NOBODY
from commands.streams.membership.state import MEMBERSHIP
from commands.streams.restriction import decider
from commands.streams.restriction.messages import (
    ImposeRestriction,
    LiftRestriction,
    RestrictionAnswer,
)
from commands.streams.restriction.state import RESTRICTION
from commands.streams.seller.state import SELLER
from commands.streams.session.state import SESSION, is_open
from eventstore.events.base import Event
from eventstore.events.restriction import RestrictionImposed, RestrictionLifted


def impose(command: ImposeRestriction, states: States, _: Policy) -> Decision:
    target = command.target_id
    restriction = states.of(RESTRICTION, command.kind, target)
    if command.kind == "seller":
        seller = states.of(SELLER, target)
        members = states.of(MEMBERSHIP, target)
        events = decider.impose_on_seller(command, restriction, seller, members)
    else:
        open_ones = [one for one in command.sessions if is_open(states.of(SESSION, one), target)]
        account = states.of(ACCOUNT, target)
        events = decider.impose_on_account(command, restriction, account, open_ones)
    return events, _answer(events)


def lift(command: LiftRestriction, states: States, _: Policy) -> Decision:
    restriction = states.of(RESTRICTION, command.kind, command.target_id)
    theirs = command.kind == "seller"
    members = states.of(MEMBERSHIP, command.target_id) if theirs else NOBODY
    events = decider.lift(command, restriction, members)
    return events, _answer(events)


def _answer(events: list[Event]) -> RestrictionAnswer:
    first = events[0]
    assert isinstance(first, RestrictionImposed | RestrictionLifted)
    return RestrictionAnswer(
        kind=first.kind,
        target_id=first.target_id,
        number=first.number,
        restricted=isinstance(first, RestrictionImposed),
    )


STREAM = Stream(fold=RESTRICTION, handlers={ImposeRestriction: impose, LiftRestriction: lift})
