"""One process of the stack: how it is started, how it is known to be ready, how it ends."""

import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """`ready` answers quickly and never raises. `user` is the uid to run as, None for ours.

    `ready_file` is how one without a port says that it is ready: what an earlier process left of
    it is removed before the next one starts. `nice` is how far it stands back when the machine
    is busy.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[], bool]
    ready_file: Path | None = None
    environment: Mapping[str, str] = {}
    stop_signal: int = signal.SIGTERM
    user: int | None = None
    nice: int = 0
    cwd: str | None = None
    stop_within_s: float = 20.0
