"""What holds a secret is its owner's alone from the moment it exists."""

import stat
from pathlib import Path

import pytest

from deploy.http.keys import make_keys
from deploy.private_files import private_folder, tighten, write_private
from deploy.stack_state import StackFolder, StackState


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture(autouse=True)
def _open_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """As careless a process as there can be: no umask, and modes that are only set later."""
    monkeypatch.setattr(Path, "chmod", _never)
    monkeypatch.setattr("os.umask", _never)


def _never(*_: object) -> None:
    raise AssertionError("a mode was set after the fact")


def test_a_file_is_private_from_birth_and_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    write_private(file, "one")
    assert (file.read_text(), mode(file)) == ("one", 0o600)
    write_private(file, b"two")
    assert (file.read_text(), mode(file)) == ("two", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim, file = tmp_path / "victim", tmp_path / "secret"
    victim.write_text("precious")
    file.symlink_to(victim)
    write_private(file, "one")
    assert (victim.read_text(), file.is_symlink()) == ("precious", False)


def test_a_file_that_others_could_read_is_tightened(tmp_path: Path) -> None:
    file, link = tmp_path / "secret", tmp_path / "link"
    file.touch(mode=0o666)
    link.symlink_to(file)
    tighten(file)
    tighten(tmp_path / "missing")
    assert mode(file) == 0o600
    with pytest.raises(OSError, match="symbolic"):
        tighten(link)


def test_the_data_folder_keeps_its_secrets_to_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = StackFolder(tmp_path / "data")
    folder.create()
    secrets = folder.secrets()
    make_keys(tmp_path / "data/keys/token.private.pem", tmp_path / "data/keys/token.public.pem")
    folder.keep_state(StackState(pid=1, environment=secrets, parts={}, ports={}))
    files = ("secrets.json", "run/stack.json", "keys/token.private.pem")
    assert [mode(tmp_path / "data" / file) for file in files] == [0o600] * 3
    assert [mode(tmp_path / "data" / name) for name in ("run", "keys", "logs")] == [0o700] * 3
    assert folder.secrets() == secrets

    monkeypatch.undo()
    for file in files:
        (tmp_path / "data" / file).chmod(0o644)
    for name in ("run", "keys", "logs"):
        (tmp_path / "data" / name).chmod(0o755)
    StackFolder(tmp_path / "data").create()
    assert [mode(tmp_path / "data" / file) for file in files] == [0o600] * 3
    assert [mode(tmp_path / "data" / name) for name in ("run", "keys", "logs")] == [0o700] * 3


def test_a_private_folder_is_made_private(tmp_path: Path) -> None:
    private_folder(tmp_path / "a" / "b")
    assert mode(tmp_path / "a" / "b") == 0o700
