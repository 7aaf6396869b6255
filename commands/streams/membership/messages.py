"""What can be asked of who acts for a seller."""

from commands.command import Answer, Command
from eventstore.identity import Member


class InviteMember(Command, frozen=True, kw_only=True):
    """The letter is asked for when this stands in the log."""

    seller_id: str
    invitation_id: str
    contact_id: str
    member: Member


class AddMember(Command, frozen=True, kw_only=True):
    """`sessions` are those for the seller that are known to be open: they end where somebody gets
    another part.
    """

    seller_id: str
    account_id: str
    member: Member
    sessions: tuple[str, ...] = ()


class RemoveMember(Command, frozen=True, kw_only=True):
    """`sessions` are those for the seller that are known to be open: they end with it."""

    seller_id: str
    account_id: str
    sessions: tuple[str, ...]


class InvitedAnswer(Answer, frozen=True, kw_only=True):
    """It is accepted by who owns the address that the letter went to, and by nobody else."""

    invitation_id: str


class MemberAnswer(Answer, frozen=True, kw_only=True):
    """`member` is nothing for who does not act for the seller any more."""

    seller_id: str
    account_id: str
    member: Member | None
