"""Sellers and their money: held in escrow, due, owed, on its way, paid out."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.escrow import FundsHeld, FundsReleased, FundsReturned
from eventstore.events.payout import PayoutBounced, PayoutSettled
from eventstore.events.seller import SellerRegistered, SellerSuspended
from eventstore.events.seller_account import (
    DebtRepaid,
    EarningsCredited,
    PayoutClaimed,
    PayoutReturned,
    RefundDebited,
)
from projections.projector import Projector, Writes

SELLER = (
    "INSERT INTO sellers (seller_id, name, currency, status, version)"
    " VALUES (%s, %s, %s, 'active', %s)"
)
SUSPENDED = "UPDATE sellers SET status = 'suspended', version = %s WHERE seller_id = %s"
MOVE = (
    "UPDATE sellers SET held_minor = held_minor + %s, balance_minor = balance_minor + %s,"
    " debt_minor = debt_minor + %s, earned_minor = earned_minor + %s,"
    " pending_minor = pending_minor + %s, paid_out_minor = paid_out_minor + %s"
    " WHERE seller_id = %s"
)


def _move(
    writes: Writes,
    seller_id: str,
    *,
    held: int = 0,
    balance: int = 0,
    debt: int = 0,
    earned: int = 0,
    pending: int = 0,
    paid_out: int = 0,
) -> None:
    writes.add(MOVE, held, balance, debt, earned, pending, paid_out, seller_id)


def on_registered(event: SellerRegistered, recorded: Recorded, writes: Writes) -> None:
    writes.add(SELLER, event.seller_id, event.name, event.currency, recorded.version)


def on_suspended(event: SellerSuspended, recorded: Recorded, writes: Writes) -> None:
    writes.add(SUSPENDED, recorded.version, event.seller_id)


def on_held(event: FundsHeld, _: Recorded, writes: Writes) -> None:
    _move(writes, event.seller_id, held=event.amount.amount_minor)


def on_left(event: FundsReleased | FundsReturned, _: Recorded, writes: Writes) -> None:
    _move(writes, event.seller_id, held=-event.amount.amount_minor)


def on_credited(event: EarningsCredited, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    _move(writes, event.seller_id, balance=amount, earned=amount)


def on_repaid(event: DebtRepaid, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    _move(writes, event.seller_id, balance=-amount, debt=-amount)


def on_debited(event: RefundDebited, _: Recorded, writes: Writes) -> None:
    net = event.from_balance_minor + event.from_debt_minor
    _move(
        writes,
        event.seller_id,
        balance=-event.from_balance_minor,
        debt=event.from_debt_minor,
        earned=-net,
    )


def on_claimed(event: PayoutClaimed, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    _move(writes, event.seller_id, balance=-amount, pending=amount)


def on_returned(event: PayoutReturned, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    _move(writes, event.seller_id, balance=amount, pending=-amount)


def on_settled(event: PayoutSettled, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    _move(writes, event.seller_id, pending=-amount, paid_out=amount)


def on_bounced(event: PayoutBounced, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    _move(writes, event.seller_id, pending=amount, paid_out=-amount)


PROJECTOR = Projector(
    name="sellers",
    schema=(files(__package__) / "schema.sql").read_text(),
    handlers={
        SellerRegistered: on_registered,
        SellerSuspended: on_suspended,
        FundsHeld: on_held,
        FundsReleased: on_left,
        FundsReturned: on_left,
        EarningsCredited: on_credited,
        DebtRepaid: on_repaid,
        RefundDebited: on_debited,
        PayoutClaimed: on_claimed,
        PayoutReturned: on_returned,
        PayoutSettled: on_settled,
        PayoutBounced: on_bounced,
    },
    money=True,
)
