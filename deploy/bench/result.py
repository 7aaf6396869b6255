"""Ours and its floor in turns, and what the turns say together."""

import statistics
from collections.abc import Callable, Sequence

import msgspec

from deploy.bench.measure import Sample


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds` a measured stretch, `rounds` of ours and floor in turns; `big` adds 10^7 events."""

    seconds: float = 5.0
    rounds: int = 3
    seed: int = 1
    big: bool = False


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`ours` and `floor` are medians in `unit`; `ratio` is ours by floor. `floor` may be absent.

    `bars` says what was asked, what was seen, and whether that does.
    """

    name: str
    unit: str
    ours: float
    floor: float | None
    ratio: float | None
    ratio_spread: tuple[float, float] | None
    latency_ms: dict[str, float]
    floor_latency_ms: dict[str, float]
    rss_mb: dict[str, float]
    cpu_us: dict[str, float]
    bars: list["Bar"]
    rounds: list[tuple[Sample, Sample | None]]
    details: dict[str, object]
    environment: dict[str, object] = {}


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    what: str
    wanted: float
    seen: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        return self.seen <= self.wanted if self.at_most else self.seen >= self.wanted


type Take = Callable[[], Sample]
type Say = Callable[[str], None]


def in_turns(rounds: int, ours: Take, floor: Take, say: Say) -> list[tuple[Sample, Sample | None]]:
    """Alternate, so that a machine that gets slower slows both."""
    taken: list[tuple[Sample, Sample | None]] = []
    for number in range(1, rounds + 1):
        lower = floor()
        upper = ours()
        taken.append((upper, lower))
        ratio = upper.per_s / lower.per_s
        say(f"  round {number}: {upper.per_s:,.0f}/s of {lower.per_s:,.0f}/s ({ratio:.2f})")
    return taken


def summary(
    name: str,
    unit: str,
    rounds: Sequence[tuple[Sample, Sample | None]],
    *,
    bars: Callable[[float, float], list[Bar]] = lambda ours, ratio: [],  # noqa: ARG005
    details: dict[str, object] | None = None,
) -> Result:
    """Medians over the rounds; `bars` gets the median rate and the median ratio."""
    ours = [taken for taken, _ in rounds]
    floors = [taken for _, taken in rounds if taken is not None]
    ratios = [taken.per_s / floor.per_s for taken, floor in rounds if floor is not None]
    rate = statistics.median(sample.per_s for sample in ours)
    ratio = round(statistics.median(ratios), 3) if ratios else None
    return Result(
        name=name,
        unit=unit,
        ours=round(rate, 1),
        floor=round(statistics.median(sample.per_s for sample in floors), 1) if floors else None,
        ratio=ratio,
        ratio_spread=(round(min(ratios), 3), round(max(ratios), 3)) if ratios else None,
        latency_ms=medians([sample.latency_ms for sample in ours]),
        floor_latency_ms=medians([sample.latency_ms for sample in floors]),
        rss_mb=medians([sample.rss_mb for sample in ours]),
        cpu_us=medians([sample.cpu_us for sample in ours]),
        bars=bars(rate, ratio or 0.0),
        rounds=list(rounds),
        details=details or {},
    )


def medians(seen: Sequence[dict[str, float]]) -> dict[str, float]:
    """Name by name, over those that have the name."""
    names = dict.fromkeys(name for values in seen for name in values)
    return {
        name: round(statistics.median(values[name] for values in seen if name in values), 3)
        for name in names
    }
