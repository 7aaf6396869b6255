"""Who acts for a seller, and in which part."""

import msgspec

from commands.stream import Fold
from eventstore.events.base import Event
from eventstore.events.membership import MemberInvited, MemberJoined, MemberLeft, membership_stream
from eventstore.identity import Member


class Members(msgspec.Struct, frozen=True, gc=False):
    """By the account's id."""

    parts: dict[str, Member] = {}

    def of(self, account_id: str) -> Member | None:
        return self.parts.get(account_id)

    @property
    def owners(self) -> set[str]:
        return {account for account, part in self.parts.items() if part == "owner"}


INITIAL = Members()


def evolve(members: Members, event: Event) -> Members:
    match event:
        case MemberJoined(account_id=account, before=before) if before == members.of(account):
            joined: dict[str, Member] = {**members.parts, account: event.member}
            return Members(joined)
        case MemberInvited():
            return members
        case MemberLeft(account_id=account, before=before) if before == members.of(account):
            left: dict[str, Member] = {
                one: part for one, part in members.parts.items() if one != account
            }
            return Members(left)
        case _:
            raise AssertionError(f"the log is broken: {event} after {members}")


MEMBERSHIP: Fold[Members] = Fold("membership", membership_stream, INITIAL, evolve)
