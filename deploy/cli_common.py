"""What the command line's parts share: failures that say what to do, settings, tables."""

import argparse
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from deploy.settings import Settings, SettingsInvalid, from_environment
from deploy.stack_state import StackFolder

type Subparsers = Any  # argparse has no public name for it


class Failed(Exception):
    """Shown to the user without a trace; the exit status is 1."""


def environment(data: Path) -> dict[str, str]:
    """The process's environment, filled up from the stack that runs in the data folder."""
    given = {name: value for name, value in os.environ.items() if name.startswith("MARKET_")}
    state = StackFolder(data).state()
    filled = state.environment | given if state else dict(given)
    return filled | {"MARKET_DATA": str(data)}


def settings(data: Path) -> Settings:
    """Raises `Failed` with every fault listed."""
    try:
        return from_environment(environment(data))
    except SettingsInvalid as error:
        raise Failed("The settings do not do:\n  " + "\n  ".join(error.faults)) from error


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns as wide as their widest cell; numbers to the right."""
    cells = [list(map(str, header)), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    numeric = [
        len(cells) > 1 and all(row[column].lstrip("-").isdecimal() for row in cells[1:])
        for column in range(len(header))
    ]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
