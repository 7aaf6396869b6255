"""When a turn was last, whatever the zone of who asks."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from commands.jobs.job import Calendar, Daily, Weekly

CASES = [
    # Mondays are 4 and 11 May 2026.
    (Daily(3, 17), "2026-05-04T03:16:59Z", "2026-05-03T03:17:00Z"),
    (Daily(3, 17), "2026-05-04T03:17:00Z", "2026-05-04T03:17:00Z"),
    (Daily(0), "2026-05-04T23:59:59Z", "2026-05-04T00:00:00Z"),
    (Daily(22), "2026-05-04T23:30:00+02:00", "2026-05-03T22:00:00Z"),
    (Weekly(0, 12), "2026-05-04T11:59:00Z", "2026-04-27T12:00:00Z"),
    (Weekly(0, 12), "2026-05-04T12:00:00Z", "2026-05-04T12:00:00Z"),
    (Weekly(6, 12), "2026-05-04T12:00:00Z", "2026-05-03T12:00:00Z"),
]


@pytest.mark.parametrize(("calendar", "now", "latest"), CASES)
def test_the_latest_turn(calendar: Calendar, now: str, latest: str) -> None:
    assert calendar.latest(datetime.fromisoformat(now)) == datetime.fromisoformat(latest)


@given(
    some.builds(Daily, some.integers(0, 23), some.integers(0, 59))
    | some.builds(Weekly, some.integers(0, 6), some.integers(0, 23), some.integers(0, 59)),
    some.integers(1_600_000_000, 2_200_000_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
    some.integers(-12, 14),
)
def test_a_turn_is_the_last_before_now_and_its_own_turn(
    calendar: Calendar, now: datetime, hours: int
) -> None:
    latest = calendar.latest(now.astimezone(timezone(timedelta(hours=hours))))
    length = timedelta(days=7 if isinstance(calendar, Weekly) else 1)
    assert latest <= now < latest + length
    assert calendar.latest(latest) == latest
