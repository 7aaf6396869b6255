"""Nothing that somebody else could have put there is run, written to or believed."""

import os
import stat
from pathlib import Path

import pytest

from deploy.embedded import postgres_files
from deploy.embedded.postgres_files import PostgresFailed, binaries, home

FOREIGN = "#!/bin/sh\necho somebody else's\n"


def name_of_the_package(base: Path) -> str:
    return next(path.name for path in base.iterdir() if path.name.startswith("postgresql-"))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("postgres") / "home"
    binaries(base)
    return base


def test_unpacked_once_as_a_whole(unpacked: Path) -> None:
    programs = binaries(unpacked)
    before = (programs / "postgres").stat().st_ino
    assert (binaries(unpacked) / "postgres").stat().st_ino == before
    assert stat.S_IMODE(unpacked.stat().st_mode) == 0o711
    assert not list(unpacked.glob(".unpacking-*"))


@pytest.mark.parametrize("left", ["program", "tree", "link", "half"])
def test_programs_that_are_not_the_packages_are_not_run(
    unpacked: Path, tmp_path: Path, left: str
) -> None:
    base = tmp_path / "home"
    tree = base / name_of_the_package(unpacked)
    if left == "program":
        (tree / "bin").mkdir(parents=True)
        (tree / "bin" / "postgres").write_text(FOREIGN)
    elif left == "tree":
        binaries(base)
        (tree / "bin" / "postgres").chmod(0o777)
    elif left == "half":
        binaries(base)
        (tree / postgres_files.MARK).unlink()
        (tree / "bin" / "postgres").write_text(FOREIGN)
    else:
        base.mkdir()
        (tmp_path / "foreign").mkdir()
        tree.symlink_to(tmp_path / "foreign")
    programs = binaries(base)
    assert (programs / "postgres").read_bytes()[:4] == b"\x7fELF"
    assert not (programs / "postgres").stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    assert not tree.is_symlink()


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    base, victim = tmp_path / "home", tmp_path / "victim"
    base.mkdir()
    victim.write_text("precious")
    (base / ".lock").symlink_to(victim)
    with pytest.raises(PostgresFailed, match=r"\.lock"):
        binaries(base)
    assert victim.read_text() == "precious"


def test_a_home_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "postgres").symlink_to(tmp_path / "foreign")
    with pytest.raises(PostgresFailed, match="--data"):
        postgres_files.own_folder(tmp_path / "data" / "postgres")


def stays_at_home(data: Path, elsewhere: Path) -> bool:
    """An ordinary user's server can go wherever its stack is: only root's goes elsewhere."""
    if os.geteuid() == 0:
        return False
    assert home(data, elsewhere) == data / "postgres"
    assert list(elsewhere.iterdir()) == []
    return True


def test_roots_home_is_drawn_once_and_found_again(tmp_path: Path) -> None:
    elsewhere, data = tmp_path / "tmp", tmp_path / "closed" / "data"
    elsewhere.mkdir()
    data.parent.mkdir(mode=0o700)
    if stays_at_home(data, elsewhere):
        return
    first = home(data, elsewhere)
    assert first.parent == elsewhere
    assert stat.S_IMODE(first.stat().st_mode) == 0o711
    assert home(data, elsewhere) == first
    assert home(tmp_path / "closed" / "other", elsewhere) != first


def test_a_home_made_by_somebody_else_is_not_used(tmp_path: Path) -> None:
    elsewhere, data = tmp_path / "tmp", tmp_path / "closed" / "data"
    elsewhere.mkdir()
    data.parent.mkdir(mode=0o700)
    if stays_at_home(data, elsewhere):
        return
    earlier = elsewhere / postgres_files.earlier_name(data)
    earlier.mkdir()
    os.chown(earlier, 65534, 65534)
    used = home(data, elsewhere)
    assert used != earlier
    os.chown(used, 65534, 65534)
    with pytest.raises(PostgresFailed, match="somebody else"):
        home(data, elsewhere)


def test_the_home_of_an_older_version_goes_on(tmp_path: Path) -> None:
    elsewhere, data = tmp_path / "tmp", tmp_path / "closed" / "data"
    elsewhere.mkdir()
    data.parent.mkdir(mode=0o700)
    if stays_at_home(data, elsewhere):
        return
    earlier = elsewhere / postgres_files.earlier_name(data)
    earlier.mkdir()
    assert home(data, elsewhere) == earlier
