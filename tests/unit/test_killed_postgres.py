"""A server that was killed a moment ago is waited for until its process is gone."""

import subprocess
import sys
import threading
from pathlib import Path

from deploy.embedded.postgres import _is_dead, wait_for_killed


def test_a_killed_server_whose_parent_has_not_seen_it_is_waited_for(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    while not _is_dead(process.pid):
        pass
    (tmp_path / "postmaster.pid").write_text(f"{process.pid}\n/data\n")
    waiting = threading.Thread(target=wait_for_killed, args=(tmp_path,))
    waiting.start()
    assert waiting.is_alive()
    process.wait()
    waiting.join(timeout=5)
    assert not waiting.is_alive()


def test_one_that_runs_or_was_never_there_is_not(tmp_path: Path) -> None:
    wait_for_killed(tmp_path)
    for text in ("", "no pid", "1\n"):
        (tmp_path / "postmaster.pid").write_text(text)
        wait_for_killed(tmp_path)
