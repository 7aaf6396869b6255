"""The mutants of the rules: each one is a program, and the table of equivalent ones is of mutants."""

import pytest

from tests.mutation.equivalent import EQUIVALENT, Equivalent
from tests.mutation.mutants import Mutant, files, mutants, mutated

MUTANTS = [mutant for file in files() for mutant in mutants(file)]


def test_every_stream_and_the_processes_have_some() -> None:
    assert {mutant.group for mutant in MUTANTS} == {
        "account",
        "api_key",
        "attempt",
        "contact",
        "escrow",
        "identity",
        "listing",
        "membership",
        "notice",
        "order",
        "payment",
        "payout",
        "processes",
        "provider_report",
        "refund",
        "restriction",
        "seller",
        "seller_account",
        "seller_verification",
        "session",
        "shipping_quote",
        "stock",
    }


@pytest.mark.parametrize("file", files())
def test_each_is_a_program_of_its_own(file: str) -> None:
    for mutant in mutants(file):
        assert mutant.before != mutant.after
        compile(mutated(mutant), file, "exec")


@pytest.mark.parametrize("entry", EQUIVALENT, ids=lambda entry: f"{entry.file}:{entry.function}")
def test_what_is_called_equivalent_is_one_mutant(entry: Equivalent) -> None:
    found: list[Mutant] = [mutant for mutant in MUTANTS if entry.is_it(mutant)]
    assert len(found) == 1
    assert entry.reason
