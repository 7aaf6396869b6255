"""Escrow of a part: what is held bounds what can leave, and commission goes with what leaves."""

import pytest

from commands.refusals import AmountNotPositive, AmountTooLarge, Refusal
from commands.streams.escrow.decider import (
    Commission,
    GivenBack,
    Part,
    charge_back,
    give_back,
    hold,
    release,
    withdrawable,
)
from commands.streams.escrow.refusals import AmountExceedsHeld, NothingHeld
from commands.streams.escrow.state import Escrow, evolve
from eventstore.events.base import Event
from eventstore.events.escrow import (
    CommissionReversed,
    FundsChargedBack,
    FundsHeld,
    FundsReinstated,
    FundsReleased,
    FundsReturned,
    LossRecovered,
)
from eventstore.values import AMOUNT_MINOR_MAX
from tests.unit.market import eur

PART = Part("o1", "anna")
IDS = {"order_id": "o1", "seller_id": "anna"}
PAID = {"payment_id": "p1", **IDS}
REFUND = {"refund_id": "r1", **IDS}
NOTHING = Commission(0, 0)


@pytest.mark.parametrize(
    ("lost", "reinstated", "events"),
    [
        (0, False, [FundsHeld(amount=eur(100), **PAID)]),
        (
            30,
            False,
            [LossRecovered(amount=eur(30), **PAID), FundsHeld(amount=eur(70), **PAID)],
        ),
        (100, False, [LossRecovered(amount=eur(100), **PAID)]),
        (130, False, [LossRecovered(amount=eur(100), **PAID)]),
        (0, True, [FundsReinstated(amount=eur(100), recovered_minor=0, **PAID)]),
        (30, True, [FundsReinstated(amount=eur(70), recovered_minor=30, **PAID)]),
        (130, True, [FundsReinstated(amount=eur(0), recovered_minor=100, **PAID)]),
    ],
)
def test_what_arrives_makes_a_loss_good_before_it_is_held(
    lost: int, reinstated: bool, events: list[Event]
) -> None:
    escrow = Escrow(lost_minor=lost)
    assert hold(PART, "p1", eur(100), escrow, reinstated=reinstated) == events


@pytest.mark.parametrize(
    ("escrow", "asked", "due", "commission", "released"),
    [
        # All that is held, with all of the commission; then half of both, halves up.
        (Escrow(1000, 1000), None, 1000, Commission(100, 20), (1000, 100, 20)),
        (Escrow(1000, 1000), 505, 1000, Commission(101, 21), (505, 51, 11)),
        # What was taken before is not taken again, also of what the lines bear no more.
        (Escrow(500, 1000, 60, 12), None, 1000, Commission(100, 20), (500, 40, 8)),
        (Escrow(500, 1000, 110, 25), None, 1000, Commission(100, 20), (500, 0, 0)),
        # In proportion to what is held and to what a charge taken back has left unpaid.
        (Escrow(500, 500), None, 1000, Commission(100, 20), (500, 50, 10)),
        (Escrow(1, 1), None, 2, Commission(1, 0), (1, 1, 0)),
        # Funded beyond what is due: only what is held counts.
        (Escrow(1000, 1200), None, 1000, Commission(100, 20), (1000, 100, 20)),
        # Never more than what is released; the VAT gives way.
        (Escrow(10, 10), None, 10, Commission(40, 9), (10, 10, 0)),
        (Escrow(10, 10), None, 10, Commission(7, 9), (10, 7, 3)),
    ],
)
def test_a_release_takes_its_share_of_the_commission(
    escrow: Escrow, asked: int | None, due: int, commission: Commission, released: tuple[int, ...]
) -> None:
    amount, fee, vat = released
    assert release(PART, asked, escrow, eur(due), commission) == FundsReleased(
        amount=eur(amount), commission_minor=fee, commission_vat_minor=vat, **IDS
    )


@pytest.mark.parametrize(
    ("escrow", "refunded", "left", "given"),
    [
        # All of it is held: nothing is the seller's to return.
        (
            Escrow(500, 500),
            Commission(30, 6),
            NOTHING,
            GivenBack([FundsReturned(amount=eur(300), **REFUND)], 300, eur(0), NOTHING),
        ),
        # Nothing is held: all of it is, and its commission comes back.
        (
            Escrow(0, 500, 50, 10),
            Commission(30, 6),
            Commission(20, 4),
            GivenBack(
                [CommissionReversed(amount=eur(30), commission_vat_minor=6, **REFUND)],
                0,
                eur(300),
                Commission(30, 6),
            ),
        ),
        # Some of it is held; no more commission comes back than was taken beyond what is borne.
        (
            Escrow(100, 500, 40, 9),
            Commission(30, 6),
            Commission(20, 4),
            GivenBack(
                [
                    FundsReturned(amount=eur(100), **REFUND),
                    CommissionReversed(amount=eur(20), commission_vat_minor=5, **REFUND),
                ],
                100,
                eur(200),
                Commission(20, 5),
            ),
        ),
        # Only VAT, and only commission.
        (
            Escrow(300, 500, 10, 9),
            Commission(30, 6),
            Commission(20, 4),
            GivenBack(
                [
                    FundsReturned(amount=eur(300), **REFUND),
                    CommissionReversed(amount=eur(0), commission_vat_minor=5, **REFUND),
                ],
                300,
                eur(0),
                Commission(0, 5),
            ),
        ),
        (
            Escrow(300, 500, 40, 0),
            Commission(30, 6),
            Commission(20, 4),
            GivenBack(
                [
                    FundsReturned(amount=eur(300), **REFUND),
                    CommissionReversed(amount=eur(20), commission_vat_minor=0, **REFUND),
                ],
                300,
                eur(0),
                Commission(20, 0),
            ),
        ),
    ],
)
def test_a_refund_takes_what_is_held_before_what_was_released(
    escrow: Escrow, refunded: Commission, left: Commission, given: GivenBack
) -> None:
    assert give_back(PART, "r1", eur(300), refunded, left, escrow) == given


@pytest.mark.parametrize("bearer", ["seller", "marketplace"])
def test_a_charge_taken_back_says_who_bears_what_was_released(bearer: str) -> None:
    assert charge_back(PART, "p1", eur(40), eur(60), bearer) == FundsChargedBack(
        amount=eur(40), released_minor=60, borne_by=bearer, **PAID
    )


@pytest.mark.parametrize(("asked", "amount"), [(None, 5), (5, 5), (1, 1)])
def test_all_that_is_held_may_leave(asked: int | None, amount: int) -> None:
    assert withdrawable(Escrow(held_minor=5), asked) == amount


@pytest.mark.parametrize(
    ("held", "asked", "refusal"),
    [
        (0, 0, NothingHeld()),
        (1, 0, AmountNotPositive(field="amount.amount_minor")),
        (1, AMOUNT_MINOR_MAX + 1, AmountTooLarge(field="amount.amount_minor")),
        (5, 6, AmountExceedsHeld("5 held, 6 asked for.", field="amount.amount_minor")),
    ],
)
def test_refusals_of_a_withdrawal_in_their_order(held: int, asked: int, refusal: Refusal) -> None:
    with pytest.raises(type(refusal)) as refused:
        withdrawable(Escrow(held_minor=held), asked)
    assert (str(refused.value), refused.value.field) == (str(refusal), refusal.field)


BEFORE = Escrow(
    held_minor=100, funded_minor=300, commission_taken_minor=20, vat_taken_minor=4, lost_minor=50
)


@pytest.mark.parametrize(
    ("event", "after"),
    [
        (FundsHeld(amount=eur(7), **PAID), Escrow(107, 307, 20, 4, 50)),
        (
            FundsReleased(amount=eur(100), commission_minor=5, commission_vat_minor=1, **IDS),
            Escrow(0, 300, 25, 5, 50),
        ),
        (FundsReturned(amount=eur(7), **REFUND), Escrow(93, 300, 20, 4, 50)),
        (
            CommissionReversed(amount=eur(5), commission_vat_minor=1, **REFUND),
            Escrow(100, 300, 15, 3, 50),
        ),
        (
            FundsChargedBack(amount=eur(30), released_minor=60, borne_by="seller", **PAID),
            Escrow(70, 210, 20, 4, 50),
        ),
        (
            FundsChargedBack(amount=eur(30), released_minor=60, borne_by="marketplace", **PAID),
            Escrow(70, 210, 20, 4, 110),
        ),
        (
            FundsReinstated(amount=eur(30), recovered_minor=20, **PAID),
            Escrow(130, 350, 20, 4, 30),
        ),
        (LossRecovered(amount=eur(20), **PAID), Escrow(100, 320, 20, 4, 30)),
    ],
)
def test_what_escrow_remembers(event: Event, after: Escrow) -> None:
    assert evolve(BEFORE, event) == after
