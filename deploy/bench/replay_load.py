"""The process that replays: `python -m deploy.bench.replay_load`, its plan on stdin."""

from time import perf_counter
from typing import Literal

import msgspec

from commands.write_model import WriteModelFold
from deploy import collector
from deploy.bench import history
from deploy.bench.worker import run_worker, serve_plan
from eventstore.codec import decode_state, decoder_of


class ReplayPlan(msgspec.Struct, frozen=True, kw_only=True):
    how: Literal["fold", "decode"]
    events: int
    seconds: float


def fold(rows: list[history.Row]) -> int:
    """What an auditor's replay does: every event decoded, every stream's state at the end."""
    folds = WriteModelFold()
    evolve, initial = folds.evolve, folds.initial
    states: dict[str, object] = {}
    for stream, _, name, stored in rows:
        state = states.get(stream) or initial(stream)
        states[stream] = evolve(state, decode_state(name, stored).data)
    return len(states)


def only_decode(rows: list[history.Row]) -> int:
    """The same bytes through the same typed decoders, and nothing else."""
    decoders = {name: decoder_of(name).decode for _, _, name, _ in rows}
    for _, _, name, state in rows:
        decoders[name](state)
    return len(rows)


def run_replay(plan: ReplayPlan) -> float:
    """Events a second, in a process of its own. Raises `WorkerFailed`."""
    return run_worker("deploy.bench.replay_load", plan, float, plan.seconds + 300)


def repeated(plan: ReplayPlan) -> float:
    """The work again and again for the plan's time: events a second."""
    rows = list(history.rows(plan.events))
    collector.settle()
    work = fold if plan.how == "fold" else only_decode
    times = 0
    began = perf_counter()
    while times == 0 or perf_counter() - began < plan.seconds:
        work(rows)
        times += 1
    return times * len(rows) / (perf_counter() - began)


if __name__ == "__main__":
    serve_plan(ReplayPlan, repeated)
