"""check and test: lint, types, import contracts, and all tests against the embedded stack."""

import argparse
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from deploy.cli_common import Subparsers

ROOT = Path(__file__).resolve().parent.parent


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    check = commands.add_parser("check", parents=[common], help="lint, types and import contracts")
    check.set_defaults(run=run_check)
    test = commands.add_parser("test", parents=[common], help="check, then all tests")
    test.add_argument("arguments", nargs="*", help="for pytest, after --")
    test.add_argument("--only-tests", action="store_true", help="leave the checks out")
    test.set_defaults(run=run_test)


def _program(name: str) -> str:
    return str(Path(sysconfig.get_path("scripts")) / name)


def _step(name: str, command: list[str]) -> bool:
    started = time.monotonic()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    verdict = "ok" if done.returncode == 0 else f"FAILED ({done.returncode})"
    print(f"== {name}: {verdict} in {time.monotonic() - started:.1f} s", flush=True)
    return done.returncode == 0


def run_check(_: argparse.Namespace) -> int:
    steps = (
        ("lint", [_program("ruff"), "check", "."]),
        ("format", [_program("ruff"), "format", "--check", "--quiet", "."]),
        ("import contracts", [_program("lint-imports"), "--no-cache"]),
        ("types (mypy)", [_program("mypy")]),
        ("types (pyright)", [_program("pyright"), "--pythonpath", sys.executable]),
    )
    verdicts = [_step(name, command) for name, command in steps]
    return 0 if all(verdicts) else 1


def run_test(chosen: argparse.Namespace) -> int:
    if not chosen.only_tests and run_check(chosen):
        return 1
    command = [sys.executable, "-m", "pytest", *chosen.arguments]
    return 0 if _step("tests", command) else 1
