"""Histories that once broke a law, told as steps."""

from tests.property.market_machine import Setup, Step


def _story(setup: Setup, *told: str) -> tuple[Setup, list[Step]]:
    """Steps as words: `refund amount 0 1 2`, missing numbers being 0."""
    steps: list[Step] = []
    for words in told:
        name = words.rstrip("0123456789 ")
        numbers = [int(number) for number in words[len(name) :].split()]
        first, second, third, fourth, fifth = [*numbers, 0, 0, 0, 0, 0][:5]
        steps.append(Step(name, (first, second, third, fourth, fifth)))
    return setup, steps


_ONE = Setup(vat_rate_bps=0, rates_bps=(1000,), listings=((0, 100, 9),))
_TWO = Setup(vat_rate_bps=0, rates_bps=(1000, 1000), listings=((0, 100, 9), (1, 100, 9)))
_HALF = Setup(vat_rate_bps=0, rates_bps=(5000,), listings=((0, 100, 9), (0, 10, 9)))
_PAID = ("order", "pay 0 1")
_PAID_TWO = ("order 1 0 1", "pay 0 1")

STORIES: dict[str, tuple[Setup, list[Step]]] = {
    "a refused leg is paid outside": _story(
        _ONE, "order", "pay", "capture", "refund all", "approve", "leg", "leg otherwise"
    ),
    "a refused leg goes back over another payment": _story(
        _ONE,
        *("order", "pay 0 0 3 3", "capture", "pay", "capture"),
        *("refund all", "approve", "leg", "leg otherwise 0 1 1", "leg 0 1 2"),
    ),
    "a refund undecided at the release is rejected": _story(
        _ONE, *_PAID, "refund amount 0 0 2", "deliver", "confirm", "reject"
    ),
    "a unit is refunded after most of its price": _story(
        _ONE,
        "order 0 0 0 1",
        "pay 0 1",
        "deliver",
        "confirm",
        "refund amount 0 1 4",
        "refund lines 0 1",
    ),
    "a late capture after an overpaid order went back": _story(
        _ONE, "order", "pay", "pay 0 1 2 0 5", "cancel", "refund all 0 1", "capture"
    ),
    "a late capture after a short paid order went back": _story(
        _ONE, "order", "pay", "pay 0 1 2 0 1", "cancel", "refund all 0 1", "capture"
    ),
    "a line is refunded whose seller was not paid": _story(
        _TWO, "order 1 0 1", "pay 0 1 3 2", "cancel", "refund lines 0 1 1"
    ),
    "two parts are refunded at once": _story(_TWO, *_PAID_TWO, "refund all 0 1"),
    "a part with an undecided refund is the last one open": _story(
        _TWO, *_PAID_TWO, "refund amount 1 0 5 1", "deliver", "confirm", "approve"
    ),
    "half is released and half refunded after delivery": _story(
        _ONE, *_PAID, "deliver", "release 0 3", "refund amount 0 1 2"
    ),
    "all is released before delivery": _story(_ONE, *_PAID, "release", "deliver"),
    "commission goes back to a seller in debt": _story(
        _HALF,
        *_PAID,
        "order 1 0 1 0 3",
        "pay 0 1",
        "release",
        "release 1 3",
        "pay out",
        "refund all 0 1",
        "refund lines 1 1",
    ),
    "a short paid order goes back by amounts": _story(
        _ONE,
        "order",
        "pay 0 1 2 0 1",
        "refund amount 0 1 4",
        "refund amount 0 1 3",
        "refund amount 0 1 0",
        "cancel",
    ),
}
