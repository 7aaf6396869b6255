"""The shape of a job: work that comes again by the calendar."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec

from commands.command import Policy
from commands.dispatch import Dispatch
from commands.outside.owed import Pool
from commands.outside.port import Outside

DAY = timedelta(days=1)


class Daily(msgspec.Struct, frozen=True):
    """Each day at this hour and minute, UTC."""

    hour: int
    minute: int = 0

    def latest(self, now: datetime) -> datetime:
        """The last turn that is not after `now`."""
        today = now.astimezone(UTC).replace(
            hour=self.hour, minute=self.minute, second=0, microsecond=0
        )
        return today if today <= now else today - DAY


class Weekly(msgspec.Struct, frozen=True):
    """Each week on this day, Monday is 0, at this hour and minute, UTC."""

    weekday: int
    hour: int
    minute: int = 0

    def latest(self, now: datetime) -> datetime:
        """The last turn that is not after `now`."""
        day = Daily(self.hour, self.minute).latest(now)
        return day - (day.weekday() - self.weekday) % 7 * DAY


type Calendar = Daily | Weekly


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What a job may work with. Commands that it sends have ids made of its name and turn."""

    pool: Pool
    dispatch: Dispatch
    outsides: tuple[Outside, ...]
    policy: Policy
    clock: Callable[[], datetime]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is permanent: its turns are kept under it.

    `run(tools, turn)` says in a few words what it did. It may be begun again after it was broken
    off, and is not run for each turn that was missed but once, for the latest.
    """

    name: str
    about: str
    calendar: Calendar
    run: Callable[[Tools, datetime], Awaitable[str]]
