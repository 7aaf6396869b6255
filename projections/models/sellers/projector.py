"""Sellers and their money: held in escrow, due, owed, on its way, paid out."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.escrow import (
    FundsChargedBack,
    FundsHeld,
    FundsReinstated,
    FundsReleased,
    FundsReturned,
)
from eventstore.events.payout import PayoutBounced, PayoutSettled
from eventstore.events.seller import (
    SellerBlocked,
    SellerRegistered,
    SellerSuspended,
    SellerUnblocked,
    SellerUnverified,
    SellerVerified,
)
from eventstore.events.seller_account import (
    ChargebackDebited,
    DebtRepaid,
    EarningsCredited,
    PayoutClaimed,
    PayoutReclaimed,
    PayoutReturned,
    RefundDebited,
)
from projections.keys import by_field
from projections.stores.postgresql.projector import Explained, Projector
from projections.stores.postgresql.tables import Table, Writes

SELLERS = Table(
    "sellers",
    ("seller_id",),
    {
        "seller_id": "text",
        "name": "text",
        "currency": "text",
        "status": "text",
        "blocked": "int",
        "verified": "int",
        "held_minor": "int",
        "balance_minor": "int",
        "debt_minor": "int",
        "earned_minor": "int",
        "paid_out_minor": "int",
        "pending_minor": "int",
        "version": "int",
    },
    defaults={
        "held_minor": 0,
        "balance_minor": 0,
        "debt_minor": 0,
        "earned_minor": 0,
        "paid_out_minor": 0,
        "pending_minor": 0,
        "status": "active",
        "blocked": 0,
        "verified": 0,
    },
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
    writes.add(
        SELLERS,
        (seller_id,),
        held_minor=held,
        balance_minor=balance,
        debt_minor=debt,
        earned_minor=earned,
        pending_minor=pending,
        paid_out_minor=paid_out,
    )


def on_registered(event: SellerRegistered, recorded: Recorded, writes: Writes) -> None:
    writes.insert(
        SELLERS,
        seller_id=event.seller_id,
        name=event.name,
        currency=event.currency,
        version=recorded.version,
    )


def on_suspended(event: SellerSuspended, recorded: Recorded, writes: Writes) -> None:
    writes.set(SELLERS, (event.seller_id,), status="suspended", version=recorded.version)


def on_blocked(event: SellerBlocked, recorded: Recorded, writes: Writes) -> None:
    writes.set(SELLERS, (event.seller_id,), blocked=1, version=recorded.version)


def on_unblocked(event: SellerUnblocked, recorded: Recorded, writes: Writes) -> None:
    writes.set(SELLERS, (event.seller_id,), blocked=0, version=recorded.version)


def on_verified(event: SellerVerified, recorded: Recorded, writes: Writes) -> None:
    writes.set(SELLERS, (event.seller_id,), verified=1, version=recorded.version)


def on_unverified(event: SellerUnverified, recorded: Recorded, writes: Writes) -> None:
    writes.set(SELLERS, (event.seller_id,), verified=0, version=recorded.version)


def on_held(event: FundsHeld | FundsReinstated, _: Recorded, writes: Writes) -> None:
    _move(writes, event.seller_id, held=event.amount.amount_minor)


def on_left(
    event: FundsReleased | FundsReturned | FundsChargedBack, _: Recorded, writes: Writes
) -> None:
    _move(writes, event.seller_id, held=-event.amount.amount_minor)


def on_credited(event: EarningsCredited, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    _move(writes, event.seller_id, balance=amount, earned=amount)


def on_repaid(event: DebtRepaid, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    _move(writes, event.seller_id, balance=-amount, debt=-amount)


def on_debited(event: RefundDebited | ChargebackDebited, _: Recorded, writes: Writes) -> None:
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


def on_reclaimed(event: PayoutReclaimed, _: Recorded, writes: Writes) -> None:
    _move(
        writes,
        event.seller_id,
        balance=-event.from_balance_minor,
        debt=event.from_debt_minor,
        pending=event.amount.amount_minor,
    )


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
    tables=(SELLERS,),
    key=by_field("seller_id", "seller", "seller_account"),
    explained=Explained(SELLERS, "seller"),
    version=3,
    handlers={
        SellerRegistered: on_registered,
        SellerSuspended: on_suspended,
        SellerBlocked: on_blocked,
        SellerUnblocked: on_unblocked,
        SellerVerified: on_verified,
        SellerUnverified: on_unverified,
        FundsHeld: on_held,
        FundsReleased: on_left,
        FundsReturned: on_left,
        FundsChargedBack: on_left,
        FundsReinstated: on_held,
        EarningsCredited: on_credited,
        DebtRepaid: on_repaid,
        RefundDebited: on_debited,
        ChargebackDebited: on_debited,
        PayoutReclaimed: on_reclaimed,
        PayoutClaimed: on_claimed,
        PayoutReturned: on_returned,
        PayoutSettled: on_settled,
        PayoutBounced: on_bounced,
    },
    money=True,
)
