"""What ledger accounts, payouts and report cells rest on."""

from collections.abc import Sequence

from eventstore import reader
from eventstore.codec import Recorded
from eventstore.events.payout import PayoutRequested
from eventstore.events.seller_account import PayoutClaimed
from eventstore.postings import postings
from eventstore.unreadable import Unreadable, decode_or_mark
from projections.history.explain import amounts, events_of, row_of
from projections.query import Connection, reads

POSTED = "SELECT DISTINCT position FROM rm_ledger.entries WHERE account = %s AND currency = %s"


type Amounts = list[tuple[Recorded, int]]


@reads("ledger")
async def of_account(connection: Connection, account: str, currency: str) -> Amounts:
    """Every event that posted to the account, with what it posted."""
    cursor = await connection.execute(POSTED, [account, currency])
    positions = [int(position) for (position,) in await cursor.fetchall()]
    found: Amounts = []
    for row in await reader.rows_at(connection, positions):
        recorded = decode_or_mark(row)
        if not isinstance(recorded.event, Unreadable):
            found.append((recorded, _posted(recorded, account, currency)))
    return found


def _posted(recorded: Recorded, account: str, currency: str) -> int:
    return sum(
        posting.amount_minor
        for posting in postings(recorded.event)
        if posting.account == account and posting.currency == currency
    )


@reads("audit")
async def of_payout(connection: Connection, payout: PayoutRequested) -> tuple[Amounts, int] | None:
    """What became due since the payout before, and what was due before that and not paid then.

    Together they are the payout's amount and what was left due after it. None while the trail has
    not got to the payout.
    """
    row = row_of("sellers", payout.seller_id, "balance_minor")
    moved = list(amounts(row, "balance_minor", await events_of(connection, row)))
    claim = next(
        (i for i, (recorded, _) in enumerate(moved) if _claims(recorded, payout.payout_id)), None
    )
    if claim is None:
        return None
    start = 0
    for index, (recorded, _) in enumerate(moved[:claim]):
        if isinstance(recorded.event, PayoutClaimed):
            start = index + 1
    carried = sum(amount for _, amount in moved[:start])
    return moved[start:claim], carried


def _claims(recorded: Recorded, payout_id: str) -> bool:
    event = recorded.event
    return isinstance(event, PayoutClaimed) and event.payout_id == payout_id


@reads()
async def of_positions(connection: Connection, found: Sequence[tuple[int, int]]) -> Amounts:
    """Events at positions, with the amounts that a report counts of each."""
    rows = await reader.rows_at(connection, [position for position, _ in found])
    events = {row.position: decode_or_mark(row) for row in rows}
    return [(events[position], amount) for position, amount in found if position in events]
