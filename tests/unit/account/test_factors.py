"""Second factors of an account: each once, ten at most, and nobody else's."""

from typing import Any

import pytest

from commands.command import Actor
from commands.refusals import NotYours
from commands.streams.account.messages import AddFactor, RemoveFactor
from commands.streams.account.refusals import (
    AccountUnknown,
    FactorExists,
    FactorUnknown,
    TooManyFactors,
)
from eventstore.events.account import FactorAdded, FactorRemoved
from tests.given import World, at, given
from tests.unit.account.test_decider import ANNA, CLAIMED, MALLORY, REGISTERED, RESET
from tests.unit.ladder import Rung, ladder, named, rung

NOBODY = Actor("buyer", "~nobody")


def added(factor_id: str = "~f1", kind: Any = "totp") -> FactorAdded:
    return FactorAdded(account_id="~anna", factor_id=factor_id, kind=kind)


def removed(factor_id: str = "~f1") -> FactorRemoved:
    return FactorRemoved(account_id="~anna", factor_id=factor_id)


def add(factor_id: str = "~f1", by: Actor = ANNA, **more: Any) -> AddFactor:
    asked = {"account_id": "~anna", "kind": "totp"} | more
    return AddFactor(factor_id=factor_id, **asked, **at(by))


def remove(factor_id: str = "~f1", by: Actor = ANNA, account_id: str = "~anna") -> RemoveFactor:
    return RemoveFactor(account_id=account_id, factor_id=factor_id, **at(by))


def full() -> World:
    return given(REGISTERED, CLAIMED, *(added(f"~f{number}") for number in range(10)))


def test_one_is_added_and_removed() -> None:
    given(REGISTERED).when(add()).then(added())
    given(REGISTERED, added()).when(remove()).then(removed())
    given(REGISTERED, added(), removed()).when(add()).then(added())


def test_new_codes_take_the_place_of_those_of_before() -> None:
    codes = add("~f2", kind="recovery_codes", instead_of="~f1")
    given(REGISTERED, added()).when(codes).then(removed(), added("~f2", "recovery_codes"))
    given(REGISTERED).when(codes).then(added("~f2", "recovery_codes"))
    full().when(add("~new", instead_of="~f3")).then(removed("~f3"), added("~new"))


def test_a_reset_password_leaves_them() -> None:
    given(REGISTERED, added(), RESET).when(add()).refused(FactorExists, "factor_id")


def test_ten_are_enough() -> None:
    nine = given(REGISTERED, *(added(f"~f{number}") for number in range(9)))
    nine.when(add("~f9")).then(added("~f9"))
    full().when(add("~f10")).refused(TooManyFactors)


@pytest.mark.parametrize(
    "why",
    [
        *ladder(
            full,
            add(by=MALLORY, account_id="~nobody"),
            rung(NotYours, "account_id"),
            rung(AccountUnknown, "account_id", **at(NOBODY)),
            rung(FactorExists, "factor_id", account_id="~anna", **at(ANNA)),
            rung(TooManyFactors, None, factor_id="~f11", instead_of="~f12"),
        ),
        *ladder(
            full,
            remove("~f11", by=MALLORY, account_id="~nobody"),
            rung(NotYours, "account_id"),
            rung(AccountUnknown, "account_id", **at(NOBODY)),
            rung(FactorUnknown, "factor_id", account_id="~anna", **at(ANNA)),
        ),
    ],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()
