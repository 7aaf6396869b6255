"""The books: every posting of every money event, and each account's balance."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.postings import ENTRIES, postings
from projections.stores.postgresql.projector import Projector
from projections.stores.postgresql.tables import Table, Writes

ENTRIES_TABLE = Table(
    "entries",
    (
        "position",
        "entry",
    ),
    {
        "position": "int",
        "entry": "int",
        "account": "text",
        "account_group": "text",
        "amount_minor": "int",
        "currency": "text",
        "name": "text",
        "stream": "text",
        "occurred_at": "time",
        "recorded_at": "time",
    },
)
BALANCES = Table(
    "balances",
    (
        "account",
        "currency",
    ),
    {
        "account": "text",
        "account_group": "text",
        "currency": "text",
        "balance_minor": "int",
    },
    sums=("balance_minor",),
)


def on_money(event: Event, recorded: Recorded, writes: Writes) -> None:
    made = postings(event)
    for number, posting in enumerate(made, start=1):
        writes.append(
            ENTRIES_TABLE,
            (
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
            ),
        )
    for posting in made:
        writes.upsert(
            BALANCES,
            account=posting.account,
            account_group=posting.group,
            currency=posting.currency,
            balance_minor=posting.amount_minor,
        )


PROJECTOR = Projector(
    name="ledger",
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(ENTRIES_TABLE, BALANCES),
    handlers=dict.fromkeys(ENTRIES, on_money),
    money=True,
    # Its balances are touched by all.
    shared=False,
)
