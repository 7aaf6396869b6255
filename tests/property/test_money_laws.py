"""The laws of money and stock, over random histories of everything that can be asked."""

from collections.abc import Sequence

import pytest
from hypothesis import given

from tests.property.commission_laws import COMMISSION
from tests.property.market_histories import LAW_SETTINGS, SETUPS, STEPS
from tests.property.market_machine import Market, Setup, Step
from tests.property.market_operations import play
from tests.property.market_stories import STORIES
from tests.property.money_laws import BOOKS, REFUNDS, Law
from tests.property.order_laws import ORDERS


@pytest.mark.parametrize(
    "laws", [BOOKS, REFUNDS, COMMISSION, ORDERS], ids=["books", "refunds", "commission", "orders"]
)
@LAW_SETTINGS
@given(setup=SETUPS, steps=STEPS)
def test_laws_hold_after_every_command(
    laws: Sequence[Law], setup: Setup, steps: list[Step]
) -> None:
    _play(laws, setup, steps)


@pytest.mark.parametrize("story", STORIES)
def test_laws_hold_when(story: str) -> None:
    _play([*BOOKS, *REFUNDS, *COMMISSION, *ORDERS], *STORIES[story])


def _play(laws: Sequence[Law], setup: Setup, steps: list[Step]) -> None:
    market = Market(setup)
    for step in steps:
        if play(market, step):
            for law in laws:
                try:
                    law(market)
                except AssertionError as broken:
                    broken.add_note("\n".join(map(str, market.accepted)))
                    raise
