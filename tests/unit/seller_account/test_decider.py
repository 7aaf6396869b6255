"""Sellers' accounts."""

import pytest

from commands.refusals import AmountNotPositive, AmountTooLarge, Refusal
from commands.streams.seller_account.decider import (
    claimable,
    credit,
    debit_chargeback,
    debit_refund,
    reclaim,
)
from commands.streams.seller_account.refusals import AmountExceedsDue, NothingDue
from commands.streams.seller_account.state import SellerAccount, evolve
from eventstore.events.base import Event
from eventstore.events.escrow import FundsReleased
from eventstore.events.seller_account import (
    ChargebackDebited,
    DebtRepaid,
    EarningsCredited,
    PayoutClaimed,
    PayoutReclaimed,
    PayoutReturned,
    RefundDebited,
)
from eventstore.values import AMOUNT_MINOR_MAX
from tests.unit.market import Market, eur
from tests.unit.refund.facts import ALL_OF_ANNA, debited, granted, leg_by_hand, settled_by_hand

OF_O2 = {"seller_id": "anna", "order_id": "o2"}


def test_new_earnings_repay_a_debt_first() -> None:
    market = Market()
    market.place()
    market.pay()
    market.deliver()
    market.confirm()
    market.pay_out()
    assert market.refund() == [
        *granted(1055, ALL_OF_ANNA, legs=(leg_by_hand(1055),)),
        *debited(1055, balance=0, debt=954, commission=101),
        *settled_by_hand(1055),
    ]
    assert market.state("seller_account-anna") == SellerAccount(balance_minor=0, debt_minor=954)
    assert market.earn_again() == [
        FundsReleased(amount=eur(1055), commission_minor=101, commission_vat_minor=0, **OF_O2),
        EarningsCredited(amount=eur(954), **OF_O2),
        DebtRepaid(seller_id="anna", amount=eur(954)),
    ]
    assert market.state("seller_account-anna") == SellerAccount(balance_minor=0, debt_minor=0)


IDS = {"seller_id": "anna", "order_id": "o1"}


@pytest.mark.parametrize(
    ("account", "repaid"),
    [
        (SellerAccount(0, 0), []),
        (SellerAccount(40, 0), []),
        (SellerAccount(0, 60), [DebtRepaid(seller_id="anna", amount=eur(60))]),
        (SellerAccount(0, 100), [DebtRepaid(seller_id="anna", amount=eur(100))]),
        (SellerAccount(0, 500), [DebtRepaid(seller_id="anna", amount=eur(100))]),
        (SellerAccount(20, 500), [DebtRepaid(seller_id="anna", amount=eur(120))]),
    ],
)
def test_earnings_are_credited_and_repay_a_debt(
    account: SellerAccount, repaid: list[Event]
) -> None:
    earned = EarningsCredited(amount=eur(100), **IDS)
    assert credit("anna", "o1", eur(100), account) == [earned, *repaid]


@pytest.mark.parametrize(
    ("account", "commission", "from_balance", "from_debt"),
    [
        (SellerAccount(500, 0), (10, 2), 88, 0),
        (SellerAccount(88, 0), (10, 2), 88, 0),
        (SellerAccount(30, 0), (10, 2), 30, 58),
        (SellerAccount(0, 40), (10, 2), 0, 88),
        (SellerAccount(30, 0), (80, 20), 0, 0),
        (SellerAccount(0, 40), (80, 20), 0, 0),
        # More commission comes back than money goes out: a debt first, then the balance.
        (SellerAccount(0, 40), (90, 25), 0, -15),
        (SellerAccount(0, 10), (90, 25), -5, -10),
        (SellerAccount(30, 0), (90, 25), -15, 0),
        (SellerAccount(0, 1), (80, 21), 0, -1),
    ],
)
def test_a_refund_of_released_money_is_debited(
    account: SellerAccount, commission: tuple[int, int], from_balance: int, from_debt: int
) -> None:
    fee, vat = commission
    assert debit_refund("anna", "o1", "r1", eur(100), fee, vat, account) == RefundDebited(
        refund_id="r1",
        amount=eur(100),
        from_balance_minor=from_balance,
        from_debt_minor=from_debt,
        commission_reversed_minor=fee,
        commission_vat_reversed_minor=vat,
        **IDS,
    )


@pytest.mark.parametrize(
    ("balance", "from_balance", "from_debt"),
    [(500, 100, 0), (100, 100, 0), (30, 30, 70), (0, 0, 100)],
)
def test_what_is_missed_of_the_balance_becomes_a_debt(
    balance: int, from_balance: int, from_debt: int
) -> None:
    account = SellerAccount(balance, 0)
    shares = {"from_balance_minor": from_balance, "from_debt_minor": from_debt}
    charged_back = ChargebackDebited(payment_id="p1", amount=eur(100), **IDS, **shares)
    assert debit_chargeback("anna", "o1", "p1", eur(100), account) == charged_back
    reclaimed = PayoutReclaimed(seller_id="anna", payout_id="po1", amount=eur(100), **shares)
    assert reclaim("anna", "po1", eur(100), account) == reclaimed


@pytest.mark.parametrize(("asked", "amount"), [(None, 5), (5, 5), (1, 1)])
def test_the_whole_balance_may_be_paid_out(asked: int | None, amount: int) -> None:
    assert claimable(SellerAccount(5, 0), asked) == amount


@pytest.mark.parametrize(
    ("balance", "asked", "refusal"),
    [
        (0, 0, NothingDue(field="seller_id")),
        (1, 0, AmountNotPositive(field="amount.amount_minor")),
        (1, AMOUNT_MINOR_MAX + 1, AmountTooLarge(field="amount.amount_minor")),
        (5, 6, AmountExceedsDue("5 due, 6 asked for.", field="amount.amount_minor")),
    ],
)
def test_refusals_of_a_claim_in_their_order(balance: int, asked: int, refusal: Refusal) -> None:
    with pytest.raises(type(refusal)) as refused:
        claimable(SellerAccount(balance, 0), asked)
    assert (str(refused.value), refused.value.field) == (str(refusal), refusal.field)


SHARES = {"amount": eur(70), "from_balance_minor": 30, "from_debt_minor": 40}


@pytest.mark.parametrize(
    ("event", "after"),
    [
        (EarningsCredited(amount=eur(7), **IDS), SellerAccount(107, 90)),
        (PayoutReturned(seller_id="anna", payout_id="po1", amount=eur(7)), SellerAccount(107, 90)),
        (PayoutClaimed(seller_id="anna", payout_id="po1", amount=eur(100)), SellerAccount(0, 90)),
        (DebtRepaid(seller_id="anna", amount=eur(90)), SellerAccount(10, 0)),
        (
            RefundDebited(
                refund_id="r1",
                commission_reversed_minor=0,
                commission_vat_reversed_minor=0,
                **IDS,
                **SHARES,
            ),
            SellerAccount(70, 130),
        ),
        (ChargebackDebited(payment_id="p1", **IDS, **SHARES), SellerAccount(70, 130)),
        (PayoutReclaimed(seller_id="anna", payout_id="po1", **SHARES), SellerAccount(70, 130)),
    ],
)
def test_what_an_account_remembers(event: Event, after: SellerAccount) -> None:
    assert evolve(SellerAccount(100, 90), event) == after
