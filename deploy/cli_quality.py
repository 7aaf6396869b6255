"""check and test: lint, types, import contracts, and all tests against the embedded stack."""

import argparse
import os
import subprocess
import sys
import sysconfig
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from deploy.cli_common import Subparsers

ROOT = Path(__file__).resolve().parent.parent


# What runs on a whole stack, mostly waiting for it; the rest runs beside it.
ON_STACKS = ("tests/api", "tests/e2e")
BESIDE = (
    "tests/unit",
    "tests/property",
    "tests/contract",
    "tests/architecture",
    "tests/integration",
)


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    check = commands.add_parser("check", parents=[common], help="lint, types and import contracts")
    check.set_defaults(run=run_check)
    test = commands.add_parser("test", parents=[common], help="check, then all tests")
    test.add_argument("arguments", nargs="*", help="for pytest, after --")
    test.add_argument("--only-tests", action="store_true", help="leave the checks out")
    test.set_defaults(run=run_test)


def _program(name: str) -> str:
    return str(Path(sysconfig.get_path("scripts")) / name)


type Steps = tuple[tuple[str, list[str]], ...]

LINT: Steps = (
    ("lint", [_program("ruff"), "check", "."]),
    ("format", [_program("ruff"), "format", "--check", "--quiet", "."]),
    ("import contracts", [_program("lint-imports"), "--no-cache"]),
)


def _step(name: str, command: list[str], output: IO[str] | None = None) -> bool:
    """Whether it went well. What it says goes to `output`, if that is given."""
    started = time.monotonic()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=output, stderr=output, check=False
    )
    verdict = "ok" if done.returncode == 0 else f"FAILED ({done.returncode})"
    seconds = time.monotonic() - started
    print(f"== {name}: {verdict} in {seconds:.1f} s", file=output, flush=True)
    return done.returncode == 0


def _types() -> Steps:
    return (
        ("types (mypy)", [_program("mypy")]),
        ("types (pyright)", [_program("pyright"), "--pythonpath", sys.executable]),
    )


def run_check(_: argparse.Namespace) -> int:
    verdicts = [_step(name, command) for name, command in (*LINT, *_types())]
    return 0 if all(verdicts) else 1


def run_test(chosen: argparse.Namespace) -> int:
    """What waits for a whole stack leaves a core of two to all the rest, which runs beside it."""
    if chosen.arguments:
        if not chosen.only_tests and run_check(chosen):
            return 1
        return 0 if _step("tests", _tests(*chosen.arguments)) else 1
    if not chosen.only_tests and not all(_step(name, command) for name, command in LINT):
        return 1
    beside: Steps = () if chosen.only_tests else _types()
    beside = (*beside, ("tests of parts", _tests("-p", "no:cacheprovider", *BESIDE)))
    with ThreadPoolExecutor(1) as thread, TemporaryFile("w+") as output:
        running = thread.submit(lambda: [_step(*step, output) for step in beside])
        verdicts = [_step("tests on stacks", _tests(*ON_STACKS))]
        verdicts += running.result()
        output.seek(0)
        print(output.read(), flush=True)
    return 0 if all(verdicts) else 1


def _tests(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", *arguments]
