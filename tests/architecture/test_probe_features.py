"""A feature is a folder and a line: one of each kind is added to a copy, its edits are counted.

The probe's files are in `tests/architecture/probe`, as they would lie in the product.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROBE = Path(__file__).parent / "probe"
PRODUCT = ("eventstore", "commands", "projections", "write_api", "read_api", "deploy")

type Edits = dict[str, list[tuple[str, str]]]

# A stream with two commands and their routes: three registries.
STREAM: Edits = {
    "eventstore/events/__init__.py": [
        ("import (\n", "import (\n    note,\n"),
        ("MODULES = (\n", "MODULES = (\n    note,\n"),
    ],
    "commands/write_model.py": [
        (
            "from commands.streams.order",
            "from commands.streams.note.handlers import STREAM as NOTE\nfrom commands.streams.order",
        ),
        ("] = (\n", "] = (\n    NOTE,\n"),
    ],
    "write_api/app.py": [
        ("from write_api import (\n", "from write_api import (\n    notes,\n"),
        ("] = (\n", "] = (\n    notes.TOPIC,\n"),
    ],
}
# A read model with a route: two.
READ_MODEL: Edits = {
    "projections/read_models.py": [
        (
            "from projections.models.orders",
            (
                "from projections.models.notes.projector import PROJECTOR as NOTES\n"
                "from projections.models.orders"
            ),
        ),
        ("] = (\n", "] = (\n    NOTES,\n"),
    ],
    "read_api/app.py": [
        ("from read_api import (\n", "from read_api import (\n    notes,\n"),
        ("] = (\n", "] = (\n    notes.TOPIC,\n"),
    ],
}

PURE_PROCESS: Edits = {
    "commands/process_managers.py": [
        (
            "from commands.processes.pay_out",
            (
                "from commands.processes.note_new_seller import NoteNewSeller\n"
                "from commands.processes.pay_out"
            ),
        ),
        ("    CallProvider,\n", "    CallProvider,\n    NoteNewSeller,\n"),
    ],
}
PROVIDER: Edits = {
    "commands/outside/adapters.py": [
        (
            "from commands.outside.payments.sandbox",
            (
                "from commands.outside.payments.coins import COINS\n"
                "from commands.outside.payments.sandbox"
            ),
        ),
        ("(SANDBOX,", "(SANDBOX, COINS,"),
    ],
}
# A job with an outside: its own line and its provider's.
JOB: Edits = {
    "commands/scheduled_jobs.py": [
        ("from commands", "from commands.jobs.count_coins import COUNT_COINS\nfrom commands"),
        ("(FORGET_DELIVERIES,", "(FORGET_DELIVERIES, COUNT_COINS,"),
    ],
}
# What is kept but never logged, and its route.
RECORD: Edits = {
    "commands/kept_records.py": [
        ("from commands", "from commands.records.pincodes.record import RECORD\nfrom commands"),
        ("    SUBJECT_KEYS,\n", "    RECORD,\n    SUBJECT_KEYS,\n"),
    ],
    "write_api/app.py": [
        ("from write_api import (\n", "from write_api import (\n    pincodes,\n"),
        ("] = (\n", "] = (\n    pincodes.TOPIC,\n"),
    ],
}
FEATURES = (STREAM, READ_MODEL, PURE_PROCESS, PROVIDER, JOB, RECORD)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in PRODUCT:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    return tmp_path


def add(copy: Path, edits: Edits) -> None:
    for name, changes in edits.items():
        text = (copy / name).read_text()
        for old, new in changes:
            assert old in text, (name, old)
            text = text.replace(old, new, 1)
        (copy / name).write_text(text)


def test_a_feature_edits_a_registry_a_side_and_nothing_else(copy: Path) -> None:
    assert [len(edits) for edits in (STREAM, READ_MODEL, PURE_PROCESS, PROVIDER)] == [3, 2, 1, 1]
    assert [len(JOB | PROVIDER), len(RECORD)] == [2, 2]
    for file in PROBE.rglob("*"):
        if file.is_file() and file.suffix in {".py", ".sql"}:
            place = copy / file.relative_to(PROBE)
            assert not place.exists()
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, place)
    for edits in FEATURES:
        add(copy, edits)
    played = subprocess.run(
        [sys.executable, "played.py"], cwd=copy, capture_output=True, text=True, check=False
    )
    assert played.returncode == 0, played.stderr[-3000:]
