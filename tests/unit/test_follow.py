"""How often an idle writer asks what others have written."""

import pytest

from eventstore.limits import FOLLOW_EVENTS, FOLLOW_MAX_S, FOLLOW_MIN_S, follow_after


@pytest.mark.parametrize(
    ("events", "waited_s", "next_s"),
    [
        (0, FOLLOW_MIN_S, FOLLOW_MIN_S * 2),
        (0, FOLLOW_MAX_S, FOLLOW_MAX_S),
        (FOLLOW_EVENTS, 0.1, 0.1),
        (FOLLOW_EVENTS * 2, 0.1, 0.05),
        (FOLLOW_EVENTS // 2, 0.1, 0.2),
        (10, 0.2, FOLLOW_MAX_S),
        (FOLLOW_EVENTS * 1_000, 0.2, FOLLOW_MIN_S),
    ],
)
def test_the_wait_is_for_about_so_many_events(events: int, waited_s: float, next_s: float) -> None:
    assert follow_after(events, waited_s) == pytest.approx(next_s)
