"""Mutants that no test can kill, because they decide the same. Each says why."""

from typing import NamedTuple

from tests.mutation.mutants import Mutant

STREAMS = "commands/streams"


class Equivalent(NamedTuple):
    file: str
    function: str
    mutation: str
    reason: str

    def is_it(self, mutant: Mutant) -> bool:
        said = f"{mutant.before} -> {mutant.after}"
        return (self.file, self.function, self.mutation) == (mutant.file, mutant.function, said)


EQUIVALENT = (
    Equivalent(
        f"{STREAMS}/order/evolve.py",
        "_without_payment",
        "return order -> pass",
        "a payment that is not open is taken out of a copy, which is equal then: it saves the copy",
    ),
    Equivalent(
        f"{STREAMS}/order/placement.py",
        "place",
        "True -> False",
        "the quote is of the same basket by then: the three are as long as each other",
    ),
    Equivalent(
        f"{STREAMS}/payment/reversal.py",
        "reverse",
        "difference > 0 -> difference >= 0",
        "the lesser of no difference and what is gone is no difference",
    ),
    Equivalent(
        f"{STREAMS}/payment/reversal.py",
        "reverse",
        "0 -> 1",
        "what is gone is at least one cent: one cent of difference is not lessened by it",
    ),
    Equivalent(
        f"{STREAMS}/refund/lines.py",
        "_units",
        "return whole(line) -> pass",
        "a line's price is at most that of its units, and its shares of all are all: said shortly",
    ),
    Equivalent(
        f"{STREAMS}/refund/lines.py",
        "by_amount",
        "True -> False",
        "a split has as many shares as there are lines",
    ),
    Equivalent(
        f"{STREAMS}/refund/lines.py",
        "everything",
        "unfunded <= 0 -> unfunded < 0",
        "an amount that is all of the lines is every line whole",
    ),
    Equivalent(
        f"{STREAMS}/refund/state.py",
        "_leg_paid_twice",
        "event.amount.amount_minor < 0 -> event.amount.amount_minor <= 0",
        "no leg is of nothing",
    ),
    Equivalent(
        f"{STREAMS}/refund/state.py",
        "_leg_paid_twice",
        "0 -> 1",
        "no leg is of less than one cent",
    ),
    Equivalent(
        f"{STREAMS}/seller_account/decider.py",
        "debit_refund",
        "net < 0 -> net <= 0",
        "of nothing nothing is taken, from the balance or from a debt",
    ),
    Equivalent(
        f"{STREAMS}/seller_account/decider.py",
        "debit_refund",
        "0 -> 1",
        "whole cents: less than one is nothing or less",
    ),
    Equivalent(
        f"{STREAMS}/shipping_quote/decider.py",
        "issue",
        "True -> False",
        "there are as many amounts as lines, whoever set them",
    ),
    Equivalent(
        f"{STREAMS}/shipping_quote/decider.py",
        "_tariff",
        "0 -> 1",
        "every line is of some seller, whose parcel gives it its amount",
    ),
    Equivalent(
        f"{STREAMS}/shipping_quote/decider.py",
        "_tariff",
        "True -> False",
        "a split has as many shares as weights",
    ),
)
