"""Restarts are counted in a window, with pauses that grow and an end to growing."""

from deploy.restarts import AT_ONCE, PAUSE_MAX_S, PAUSE_S, STEADY_S, WINDOW_S, Ends


def test_the_first_ends_are_forgiven_and_later_pauses_grow_up_to_a_limit() -> None:
    ends = Ends()
    pauses = [ends.add(float(now)) for now in range(12)]
    assert pauses[:AT_ONCE] == [PAUSE_S] * AT_ONCE
    assert pauses[AT_ONCE : AT_ONCE + 3] == [PAUSE_S * 2, PAUSE_S * 4, PAUSE_S * 8]
    assert pauses[-1] == PAUSE_MAX_S


def test_ends_of_long_ago_count_no_more() -> None:
    ends = Ends()
    for now in range(12):
        ends.add(float(now))
    assert ends.add(12.0 + WINDOW_S) == PAUSE_S


def test_a_part_that_has_served_steadily_begins_anew() -> None:
    ends = Ends()
    for now in range(12):
        ends.add(float(now))
    assert ends.add(13.0, served_s=STEADY_S) == PAUSE_S
