"""Where a benchmark ran: without it a figure says nothing."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg

from deploy.bench.result import Options

PACKAGES = ("litestar", "uvicorn", "uvloop", "msgspec", "psycopg", "eventsourcing", "nats-py")
SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")


def machine(options: Options) -> dict[str, object]:
    """The machine, the versions and the options."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "seed": options.seed,
        "seconds": options.seconds,
        "rounds": options.rounds,
    }


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), "?")


def durability(dsn: str) -> dict[str, str]:
    """PostgreSQL's version, and that what it answers is on disk."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        rows = (connection.execute(f"SHOW {name}".encode()).fetchone() for name in SETTINGS)
        return {name: str(row[0]) for name, row in zip(SETTINGS, rows, strict=True) if row}
