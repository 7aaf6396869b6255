"""status: what runs, how far it is, and what waits for what; within a second, whatever is away.

It is asked when the machine is busy or a server is gone: it loads little, asks everybody at once,
and says what it knows after a short while.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from deploy.cli_common import Failed, Subparsers, add_json, environment, table
from deploy.parts import PARTS
from deploy.questions import accepts, answered, get, is_ok
from deploy.stack_state import RunningPart, StackFolder, StackState, is_ours
from projections import control

WITHIN_S = 0.5
SAMPLE_S = 0.2
LOG = "log"
# A part's own port is asked whether it serves; these say themselves what they wait for.
READY = {part.name: part.ready for part in PARTS if part.ready}
SERVES = {
    **{part.name: part.probe for part in PARTS if part.probe and not part.ready},
    "clickhouse": "/ping",
    "meilisearch": "/health",
    "sandbox": "/ping",
}
LISTENS = ("postgres", "nats", "valkey", "s3")
NO_ANSWER = "does not answer"


class PartStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: starting, running, restarting, waiting (for what `waits_for` says) or ended."""

    pid: int
    running: bool
    state: str
    restarts: int
    waits_for: str


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    status = commands.add_parser("status", parents=[common], help="what runs, and how far it is")
    add_json(status)
    status.set_defaults(run=run_status)


def run_status(chosen: argparse.Namespace) -> int:
    folder = StackFolder(chosen.data)
    state = folder.state()
    if state is None:
        raise Failed(f"Nothing runs in {chosen.data}. Start it with './deploy/market up'.")
    dsn = environment(chosen.data).get("MARKET_DATABASE_URL", "")
    questions: dict[str, Callable[[], Any]] = {LOG: lambda: asyncio.run(_overview(dsn, state))}
    questions |= {name: _question(state, name) for name in state.parts}
    known = answered(questions, WITHIN_S)
    seen: control.Overview | None = known.pop(LOG, None)
    parts = {name: _status(folder, name, part, known) for name, part in state.parts.items()}
    watched = folder.is_watched()
    if chosen.json:
        print(json.dumps(_as_json(parts, seen, watched=watched)))
    else:
        _say(parts, seen, watched=watched)
    return 0


async def _overview(dsn: str, state: StackState) -> control.Overview:
    async with await AsyncConnection.connect(dsn, autocommit=True, connect_timeout=2) as connection:
        return await control.overview(connection, datetime.now(UTC), state.versions, SAMPLE_S)


def _question(state: StackState, name: str) -> Callable[[], str]:
    """What the part waits for; '' for nothing. Parts without a port are not asked."""
    port = state.ports.get(name, 0)
    if name in READY:
        return lambda: _waits_for(*get(port, READY[name]))
    if name in SERVES:
        return lambda: "" if is_ok(port, SERVES[name]) else NO_ANSWER
    if name in LISTENS:
        return lambda: "" if accepts(port) else NO_ANSWER
    return lambda: ""


def _waits_for(status: int, body: bytes) -> str:
    return "" if status == 200 else str(json.loads(body).get("waits_for") or NO_ANSWER)  # noqa: PLR2004


def _status(folder: StackFolder, name: str, part: RunningPart, known: dict[str, str]) -> PartStatus:
    runs = is_ours(part)
    state, waits = part.state, part.note
    if runs and state == "running":
        waits = _told(folder, name) or known.get(name, NO_ANSWER)
        state = "waiting" if waits else "running"
    elif runs and state == "starting":
        # One that waits for a server says so better than how its last process ended.
        waits = _told(folder, name) or known.get(name, "") or waits
    elif not runs and state == "running":
        state = "ended"
    return PartStatus(
        pid=part.pid, running=runs, state=state, restarts=part.restarts, waits_for=waits
    )


def _told(folder: StackFolder, name: str) -> str:
    try:
        return folder.waits(name).read_text().strip()
    except OSError:
        return ""


def _as_json(
    parts: dict[str, PartStatus], seen: control.Overview | None, *, watched: bool
) -> dict[str, Any]:
    """`log_position` is null and `read_models` empty while the database does not answer."""
    return {
        "watched": watched,
        "healthy": watched and seen is not None and all(map(_is_well, parts.values())),
        "parts": {name: msgspec.to_builtins(part) for name, part in parts.items()},
        "log_position": seen.log_position if seen else None,
        "read_models": msgspec.to_builtins(seen.models) if seen else [],
    }


def _is_well(part: PartStatus) -> bool:
    return part.running and part.state == "running"


def _say(parts: dict[str, PartStatus], seen: control.Overview | None, *, watched: bool) -> None:
    rows = [
        (name, part.pid, part.state, part.restarts, part.waits_for) for name, part in parts.items()
    ]
    print(table(("part", "pid", "state", "restarts", "waits for"), rows))
    if not watched:
        print("\nNobody watches these parts: stop them with './deploy/market down'.")
    if seen is None:
        print("\nThe database does not answer: how far the log and the read models are is unknown.")
        return
    print(f"\nlog position {seen.log_position}\n")
    print(overview_table(seen.models))


def overview_table(models: Sequence[control.ModelStatus]) -> str:
    rows = [
        (
            *(model.name, model.state, model.version, model.position, model.lag_events),
            *(f"{model.lag_seconds:.1f}", f"{model.rate:.0f}", model.parked_streams),
            *(model.gaps_filled, model.building or "", model.problem or ""),
        )
        for model in models
    ]
    header = (
        *("read model", "state", "version", "position", "lag", "lag s", "events/s"),
        *("parked", "gaps", "building", "problem"),
    )
    return table(header, rows)
