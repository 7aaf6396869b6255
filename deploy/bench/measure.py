"""What is measured: rates, latencies, CPU time and memory of processes."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
MS_PER_S = 1_000.0
QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One measured stretch. `cpu_us` is CPU time an operation and `rss_mb` memory, by process."""

    per_s: float
    latency_ms: dict[str, float] = {}
    cpu_us: dict[str, float] = {}
    rss_mb: dict[str, float] = {}
    details: dict[str, object] = {}


def quantiles_ms(latencies_s: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and p99.9 in milliseconds; empty without latencies."""
    if not latencies_s:
        return {}
    ordered = sorted(latencies_s)
    last = len(ordered) - 1
    return {
        name: round(ordered[min(last, int(share * len(ordered)))] * MS_PER_S, 3)
        for name, share in QUANTILES.items()
    }


def family(pid: int) -> list[int]:
    """The process and all that it has started."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (stat := _stat(int(entry.name))):
            parents.setdefault(int(stat[1]), []).append(int(entry.name))
    found = [pid]
    for member in found:
        found.extend(parents.get(member, []))
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the program's name; empty for one that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def cpu_s(pids: Sequence[int]) -> float:
    """User and system time so far, with that of children that have ended."""
    stats = filter(None, map(_stat, pids))
    return sum(sum(int(field) for field in stat[11:15]) for stat in stats) / TICKS_PER_S


def rss_mb(pid: int) -> float:
    """Resident memory now, 0 for a process that has ended."""
    return _memory_mb(pid, "VmRSS")


def peak_mb(pid: int) -> float:
    """The most resident memory it has had, 0 for a process that has ended."""
    return _memory_mb(pid, "VmHWM")


def _memory_mb(pid: int, field: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field)), 0.0)


class Usage:
    """CPU time of processes between two moments, children included."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        return {name: cpu_s(family(pid)) for name, pid in self._pids.items()}

    def cpu_us(self, operations: int) -> dict[str, float]:
        """An operation's share of what was used since the beginning, in microseconds."""
        now = self._now()
        return {
            name: round((now[name] - self._before[name]) * 1e6 / max(operations, 1), 1)
            for name in self._pids
        }

    def rss_mb(self) -> dict[str, float]:
        return {name: round(rss_mb(pid), 1) for name, pid in self._pids.items()}
