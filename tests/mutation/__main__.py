"""How many small wrongs in the rules the unit tests notice: `python -m tests.mutation`.

Prints the score by stream and every mutant that survived. The status is 1 if a stream's score is
below what is wanted, or if an entry of the table of equivalent mutants is none.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable

import msgspec
import pytest

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutants import Mutant, files, mutants
from tests.mutation.trials import Trials, Verdict

SCORE_MIN = 95.0
PYTEST = ("tests/unit", "-s", "-p", "no:terminal", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib")  # fmt: skip


class Score(msgspec.Struct):
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0

    @property
    def percent(self) -> float:
        counted = self.mutants - self.equivalent
        return 100 * self.killed / counted if counted else 100.0


def told(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def tried(chosen: list[Mutant], jobs: int) -> dict[Mutant, Verdict]:
    trials = Trials(chosen, jobs, told)
    pytest.main(list(PYTEST), plugins=[trials])
    if len(trials.verdicts) != len(chosen):
        raise SystemExit("not every mutant was tried")
    return trials.verdicts


def scores(verdicts: dict[Mutant, Verdict]) -> dict[str, Score]:
    by_group: dict[str, Score] = {}
    for mutant, verdict in verdicts.items():
        score = by_group.setdefault(mutant.group, Score())
        score.mutants += 1
        if verdict in {"killed", "late"}:
            score.killed += 1
        elif _is_equivalent(mutant):
            score.equivalent += 1
    return dict(sorted(by_group.items()))


def _is_equivalent(mutant: Mutant) -> bool:
    return any(entry.is_it(mutant) for entry in EQUIVALENT)


def wrong_entries(verdicts: dict[Mutant, Verdict]) -> list[str]:
    """Of the table: those that were killed, or that are no mutants any more."""
    tried_files = {mutant.file for mutant in verdicts}
    return [
        f"{entry.file} {entry.function}: {entry.mutation}"
        for entry in EQUIVALENT
        if entry.file in tried_files
        and not any(
            entry.is_it(mutant) and verdict == "survived" for mutant, verdict in verdicts.items()
        )
    ]


def report(by_group: dict[str, Score], survivors: Iterable[Mutant], wrong: list[str]) -> None:
    for group, score in by_group.items():
        print(
            f"{group:16} {score.percent:6.1f} %  {score.killed} of"
            f" {score.mutants - score.equivalent}, {score.equivalent} equivalent"
        )
    for mutant in survivors:
        print(mutant)
    for entry in wrong:
        print(f"not equivalent: {entry}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--stream", help="only this stream's rules, or `processes`")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    began = time.monotonic()
    every = [mutant for file in files() for mutant in mutants(file)]
    some = [mutant for mutant in every if chosen.stream in {None, mutant.group}]
    if not some:
        parser.error(f"no rules of {chosen.stream}")
    verdicts = tried(some, chosen.jobs)
    survivors = [
        mutant
        for mutant, verdict in verdicts.items()
        if verdict in {"survived", "unseen"} and not _is_equivalent(mutant)
    ]
    by_group, wrong = scores(verdicts), wrong_entries(verdicts)
    if chosen.json:
        figures = {
            group: {**msgspec.to_builtins(score), "percent": round(score.percent, 1)}
            for group, score in by_group.items()
        }
        found = {"scores": figures, "survived": [str(one) for one in survivors], "wrong": wrong}
        print(json.dumps(found, indent=1))
    else:
        report(by_group, survivors, wrong)
    told(f"{time.monotonic() - began:.0f} s")
    raise SystemExit(bool(wrong) or any(score.percent < SCORE_MIN for score in by_group.values()))


if __name__ == "__main__":
    main()
