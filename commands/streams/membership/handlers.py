"""Handlers of who acts for a seller."""

from commands.command import Policy
from commands.stream import Decision, States, Stream
from commands.streams.account.state import ACCOUNT
from commands.streams.membership import decider
from commands.streams.membership.messages import (
    AddMember,
    InvitedAnswer,
    InviteMember,
    MemberAnswer,
    RemoveMember,
)
from commands.streams.membership.state import MEMBERSHIP
from commands.streams.seller.state import SELLER
from commands.streams.session.state import SESSION, is_open


def invite(command: InviteMember, states: States, _: Policy) -> Decision:
    members, seller = states.of(MEMBERSHIP, command.seller_id), states.of(SELLER, command.seller_id)
    events = decider.invite(command, members, seller)
    return events, InvitedAnswer(invitation_id=command.invitation_id)


def add(command: AddMember, states: States, _: Policy) -> Decision:
    events = decider.add(
        command,
        states.of(MEMBERSHIP, command.seller_id),
        states.of(ACCOUNT, command.account_id),
        states.of(SELLER, command.seller_id),
        _open(command, states),
    )
    answer = MemberAnswer(
        seller_id=command.seller_id, account_id=command.account_id, member=command.member
    )
    return events, answer


def remove(command: RemoveMember, states: States, _: Policy) -> Decision:
    open_ones = _open(command, states)
    events = decider.remove(command, states.of(MEMBERSHIP, command.seller_id), open_ones)
    answer = MemberAnswer(seller_id=command.seller_id, account_id=command.account_id, member=None)
    return events, answer


def _open(command: AddMember | RemoveMember, states: States) -> list[str]:
    account = command.account_id
    return [one for one in command.sessions if is_open(states.of(SESSION, one), account)]


STREAM = Stream(
    fold=MEMBERSHIP, handlers={InviteMember: invite, AddMember: add, RemoveMember: remove}
)
