"""replay: decode and fold the whole log against decoding the same bytes alone."""

from deploy.bench.measure import Sample
from deploy.bench.replay_load import ReplayPlan, run_replay
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary

EVENTS = 200_000
AT_LEAST = 0.50


def replay(options: Options, say: Say) -> Result:
    def take(how: str) -> Sample:
        plan = ReplayPlan(how=how, events=EVENTS, seconds=options.seconds)  # type: ignore[arg-type]
        return Sample(per_s=run_replay(plan))

    rounds = in_turns(options.rounds, lambda: take("fold"), lambda: take("decode"), say)
    return summary(
        "replay",
        "events/s",
        rounds,
        bars=lambda _, ratio: [Bar(what="of decoding alone", wanted=AT_LEAST, seen=ratio)],
    )
