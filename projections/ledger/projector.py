"""The books: every posting of every money event, and each account's balance."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.postings import ENTRIES, postings
from projections.projector import Projector, Writes

ENTRY = (
    "INSERT INTO entries (position, entry, account, account_group, amount_minor, currency,"
    " name, stream, occurred_at, recorded_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
BALANCE = (
    "INSERT INTO balances (account, account_group, currency, balance_minor)"
    " VALUES (%s, %s, %s, %s) ON CONFLICT (account, currency) DO UPDATE"
    " SET balance_minor = balances.balance_minor + excluded.balance_minor"
)


def on_money(event: Event, recorded: Recorded, writes: Writes) -> None:
    made = postings(event)
    for number, posting in enumerate(made, start=1):
        writes.add(
            ENTRY,
            recorded.position,
            number,
            posting.account,
            posting.group,
            posting.amount_minor,
            posting.currency,
            recorded.name,
            recorded.stream,
            recorded.envelope.occurred_at,
            recorded.envelope.recorded_at,
        )
    for posting in made:
        writes.add(BALANCE, posting.account, posting.group, posting.currency, posting.amount_minor)


PROJECTOR = Projector(
    name="ledger",
    schema=(files(__package__) / "schema.sql").read_text(),
    handlers=dict.fromkeys(ENTRIES, on_money),
    money=True,
)
