"""Measured work in a process of its own: a plan in, a result out, both as JSON."""

import os
import subprocess
import sys
from collections.abc import Callable

import msgspec


class WorkerFailed(RuntimeError):
    """The process ended without a result; the message is what it wrote last."""


def run_worker[R](module: str, plan: msgspec.Struct, result: type[R], within_s: float) -> R:
    """`python -m module` with the plan on its standard input. Raises `WorkerFailed`."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=msgspec.json.encode(plan),
        capture_output=True,
        env=os.environ,
        timeout=within_s,
        check=False,
    )
    if done.returncode:
        raise WorkerFailed(done.stderr.decode(errors="replace")[-2_000:])
    return msgspec.json.decode(done.stdout, type=result)


def serve_plan[P: msgspec.Struct](plan: type[P], work: Callable[[P], object]) -> None:
    """The other side: read the plan, do the work, write the result."""
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=plan)
    sys.stdout.buffer.write(msgspec.json.encode(work(given)))
