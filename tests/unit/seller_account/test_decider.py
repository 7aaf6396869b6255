"""Sellers' accounts."""

from eventstore.events.seller_account import (
    DebtRepaid,
)
from tests.unit.market import Market, eur, of


def test_new_earnings_repay_a_debt_first() -> None:
    market = Market()
    market.place()
    market.pay()
    market.deliver()
    market.confirm()
    market.pay_out()
    market.refund()
    assert market.state("seller_account-anna").debt_minor == 954
    market.earn_again()
    account = market.state("seller_account-anna")
    assert (account.balance_minor, account.debt_minor) == (0, 0)
    assert of(market.history, DebtRepaid)[0].amount == eur(954)
