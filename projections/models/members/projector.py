"""People of sellers: who was invited, who acts, in which part."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.membership import MemberInvited, MemberJoined, MemberLeft
from projections.stores.postgresql.projector import Projector
from projections.stores.postgresql.tables import Table, Writes

MEMBERS = Table(
    "members",
    ("seller_id", "account_id"),
    {
        "seller_id": "text",
        "account_id": "text",
        "member": "text",
        "since": "time",
        "changes": "int",
    },
    sums=("changes",),
)
INVITATIONS = Table(
    "invitations",
    ("invitation_id",),
    {
        "invitation_id": "text",
        "seller_id": "text",
        "member": "text",
        "invited_by": "text",
        "invited_at": "time",
    },
)


def on_invited(event: MemberInvited, recorded: Recorded, writes: Writes) -> None:
    writes.insert(
        INVITATIONS,
        invitation_id=event.invitation_id,
        seller_id=event.seller_id,
        member=event.member,
        invited_by=recorded.envelope.actor,
        invited_at=recorded.envelope.occurred_at,
    )


def on_joined(event: MemberJoined, recorded: Recorded, writes: Writes) -> None:
    """Who has left may come back."""
    writes.upsert(MEMBERS, seller_id=event.seller_id, account_id=event.account_id, changes=1)
    _acts(event, event.member, recorded, writes)


def on_left(event: MemberLeft, recorded: Recorded, writes: Writes) -> None:
    _acts(event, None, recorded, writes)


def _acts(
    event: MemberJoined | MemberLeft, member: str | None, recorded: Recorded, writes: Writes
) -> None:
    key = (event.seller_id, event.account_id)
    writes.set(MEMBERS, key, member=member, since=recorded.envelope.occurred_at)


PROJECTOR = Projector(
    name="members",
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(MEMBERS, INVITATIONS),
    handlers={MemberInvited: on_invited, MemberJoined: on_joined, MemberLeft: on_left},
)
