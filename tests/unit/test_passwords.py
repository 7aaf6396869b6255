"""Passwords: how they are hashed, what is guessed first, and what happens when many come at once."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from commands.records.passwords.hashing import Busy, Passwords, prepared
from commands.records.passwords.strength import (
    CYRILLIC_KEYS,
    LATIN_KEYS,
    LETTERS,
    LONGEST,
    OURS,
    SHORTEST,
    weakness,
)
from deploy.priority import yield_to_others

ROOT = Path(__file__).resolve().parents[2]
PEPPER = b"pepper"
GOOD = "лопата кислород 7 гитара"
TO_OTHER_LAYOUT = str.maketrans(LATIN_KEYS, CYRILLIC_KEYS)
# The way back of the letters, the longest first.
TO_CYRILLIC = sorted(
    ((latin, cyrillic) for cyrillic, latin in LETTERS.items() if latin),
    key=lambda one: -len(one[0]),
)


def in_cyrillic(word: str) -> str:
    """As somebody writes it who hears it."""
    for latin, cyrillic in TO_CYRILLIC:
        word = word.replace(latin, cyrillic)
    return word.translate(str.maketrans({"w": "в", "q": "к", "x": "кс", "j": "й"}))


@asynccontextmanager
async def opened(**options: Any) -> AsyncIterator[Passwords]:
    passwords = Passwords(PEPPER, **({"workers": 1, "begin": yield_to_others, "cost": 4} | options))
    try:
        yield passwords
    finally:
        passwords.close()


async def again_and_again(passwords: Passwords) -> None:
    while True:
        await passwords.hash(GOOD)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_a_password_is_its_own_and_no_other_whatever_its_length_and_letters() -> None:
    async def work() -> None:
        async with opened() as passwords:
            for password in ("x" * 100, "a\0b", "é", "пароль", " padded "):
                hashed = await passwords.hash(password)
                assert (await passwords.check(password, hashed)).matches
                for other in (password + "y", password[:-1], password.swapcase()):
                    same = other == password  # Nothing in it that could be of the other case.
                    assert (await passwords.check(other, hashed)).matches == same
            hashed = await passwords.hash("x" * 100)
            assert not (await passwords.check("x" * 99, hashed)).matches
            hashed = await passwords.hash("caf\u00e9")
            assert (await passwords.check("cafe\u0301", hashed)).matches

    run(work())


def test_a_hash_tells_nothing_without_the_pepper() -> None:
    async def work() -> None:
        async with opened() as passwords:
            hashed = await passwords.hash(GOOD)
        other = Passwords(b"another", workers=1, begin=yield_to_others, cost=4)
        assert not (await other.check(GOOD, hashed)).matches
        other.close()
        assert not bcrypt.checkpw(prepared(GOOD, b""), hashed.encode())

    run(work())


def test_a_hash_of_another_cost_is_to_be_made_anew() -> None:
    async def work() -> None:
        async with opened(cost=4) as before, opened(cost=5) as after:
            hashed = await before.hash(GOOD)
            assert not (await before.check(GOOD, hashed)).outdated
            checked = await after.check(GOOD, hashed)
            assert (checked.matches, checked.outdated) == (True, True)
            assert not (await after.check("wrong", hashed)).outdated

    run(work())


def test_where_there_is_no_hash_one_is_checked_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work() -> None:
        async with opened() as passwords:
            ran = []
            real = passwords._run

            async def counted(work: Any, *args: Any) -> Any:
                ran.append(work)
                return await real(work, *args)

            monkeypatch.setattr(passwords, "_run", counted)
            assert not (await passwords.check(GOOD, None)).matches
            ran.clear()
            assert not (await passwords.check(GOOD, None)).matches
            assert ran == [bcrypt.checkpw]

    run(work())


def test_beyond_the_queue_who_signs_in_is_told_to_come_again() -> None:
    async def work() -> None:
        async with opened(queue_max=3) as passwords:
            asked = [passwords.hash(GOOD) for _ in range(5)]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert [isinstance(answer, Busy) for answer in answers] == [False] * 3 + [True] * 2
            assert passwords.waiting == 0
            assert await passwords.hash(GOOD)

    run(work())


def test_a_worker_that_is_killed_is_started_again() -> None:
    async def work() -> None:
        async with opened() as passwords:
            await passwords.hash(GOOD)
            assert passwords._pool is not None
            (pid,) = passwords._pool._processes
            assert os.getpriority(os.PRIO_PROCESS, pid) >= 10
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(Busy):
                await again_and_again(passwords)
            assert await passwords.hash(GOOD)

    run(work())


@pytest.mark.parametrize(
    "password",
    [
        "Пароль2024!", "пароль123", "йцукенгш", "gfhjkm123", "qwertyui", "P@ssw0rd", "зфыыцщкв1",
        "marketplace1", "annapottery", "11111111", "привет123", "ghbdtn123",
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused(password: str) -> None:
    assert weakness(password, ("Anna", "pottery")) is not None


@pytest.mark.parametrize(
    "password",
    ["operator-market", "marketplace-seller", "МаркетПлейс77", "anna.pottery-77", "админ-пароль-1"],
)
def test_words_that_anybody_knows_make_no_password(password: str) -> None:
    """Of ours and of the person's own, whatever is put between them."""
    assert weakness(password, ("anna", "pottery")) is not None


def test_our_words_are_those_of_the_decision() -> None:
    said = (ROOT / "deploy/decisions/0025-passwords.md").read_text()
    assert all(f"`{word}`" in said for word in OURS)


@pytest.mark.parametrize(
    "password", [GOOD, "correct horse battery staple", "Xq7!vLm2#pRz", "тролль ест сухой кефир"]
)
def test_words_that_do_not_belong_together_will_do(password: str) -> None:
    assert weakness(password, ("anna",)) is None


@pytest.mark.parametrize("letter", ["щ", "q", "ß", "𝕬"])
@pytest.mark.parametrize("length", [60, 72, 73, 100, 256])
def test_a_password_of_any_length_and_script_is_judged(letter: str, length: int) -> None:
    assert weakness((GOOD + letter * LONGEST)[:length]) is None


def test_a_long_password_of_one_letter_is_still_guessed() -> None:
    assert weakness("щ" * LONGEST) is not None


def test_lengths_are_told() -> None:
    assert weakness("aB3$xyz") == "must have at least 8 characters"
    assert weakness("я" * (LONGEST + 1)) == f"must have at most {LONGEST} characters"


def test_the_commonest_are_refused_in_both_layouts_and_scripts() -> None:
    """Those that are long enough; what is too short is refused for that."""
    common = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST][:3000]
    typed = [
        form
        for word in common
        for form in (word, word.translate(TO_OTHER_LAYOUT), in_cyrillic(word))
    ]
    assert [form for form in typed if weakness(form) is None] == []
