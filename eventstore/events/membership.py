"""Who acts for a seller: a stream a seller."""

from eventstore.events.base import Event
from eventstore.identity import Member


def membership_stream(seller_id: str) -> str:
    return f"membership-{seller_id}"


class MemberInvited(Event, frozen=True, kw_only=True, tag="membership.invited.v1"):
    """By letter to a contact, whoever it turns out to be."""

    seller_id: str
    invitation_id: str
    contact_id: str
    member: Member

    @property
    def stream(self) -> str:
        return membership_stream(self.seller_id)


class MembershipEvent(Event, frozen=True, kw_only=True):
    seller_id: str
    account_id: str

    @property
    def stream(self) -> str:
        return membership_stream(self.seller_id)


class MemberJoined(MembershipEvent, frozen=True, kw_only=True, tag="membership.joined.v1"):
    """Or acts in another part than `before`, which is nothing for somebody new."""

    member: Member
    before: Member | None


class MemberLeft(MembershipEvent, frozen=True, kw_only=True, tag="membership.left.v1"):
    """Their sessions for this seller end with it."""

    before: Member
