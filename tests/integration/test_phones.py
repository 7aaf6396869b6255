"""Phone numbers: an account by a text message, and what messages may cost."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from commands.accounts.codes import Asked
from commands.accounts.contacts import Shown
from commands.accounts.gate import Origin
from commands.accounts.refusals import (
    CodeRefused,
    PhoneInvalid,
    PhonesAreOff,
    TextsAreSpent,
)
from commands.accounts.texting import Budgets, Texting
from commands.records.passwords.hashing import Passwords
from commands.records.texts import queries as texts
from eventstore.events.notice import NoticeRequested
from tests.given import NOW
from tests.integration.accounts_ground import (
    HERE,
    MINUTE,
    OTHER_PASSWORD,
    PASSWORD,
    Process,
    code_of,
    new_address,
    new_number,
    run,
)

HOUR = timedelta(hours=1)
REQUESTS, PEOPLE = 1_000, 20
RU = frozenset({"RU"})


def budgets(**some: int) -> Texting:
    return Texting("smsc", Budgets(countries=RU, **some))


def both(asked: Any) -> Shown:
    return Shown(
        challenge_id=asked.new.challenge_id,
        code=code_of(asked.new),
        old_challenge_id=asked.old.challenge_id,
        old_code=code_of(asked.old),
    )


async def sent(here: Process) -> list[tuple[str, str]]:
    """Channels and templates of all notices so far."""
    return [
        (event.channel, event.template)
        for event in await here.events()
        if isinstance(event, NoticeRequested)
    ]


async def asks(here: Process, number: str, address: str = "203.0.113.7", now: Any = NOW) -> Asked:
    return await here.accounts.resetting.begin(number, now, Origin(address=address))


def test_an_account_by_a_text_message_alone(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        number = new_number()
        granted = await here.registered(number)
        found = await there.sign_in(number.replace("+7", "8"), NOW, device=granted.device_token)
        assert found.account_id == granted.account_id
        asked = await there.sign_in(number, NOW)
        assert asked.by == "phone"
        await there.accounts.signing_in.confirm(asked.challenge_id, code_of(asked), HERE, NOW)
        asked = await here.accounts.resetting.begin(number, NOW)
        await here.accounts.resetting.confirm(
            asked.challenge_id, code_of(asked), OTHER_PASSWORD, NOW
        )
        assert await sent(here) == [
            ("phone", one)
            for one in (
                "registration_code",
                "sign_in_code",
                "new_device",
                "reset_code",
                "password_changed",
            )
        ]

    run(dsn, hashed_by, work, 2)


def test_a_number_beside_an_address(dsn: str, hashed_by: Passwords) -> None:
    """Added with a code to it; news goes by letter, which costs nothing."""

    async def work(here: Process) -> None:
        address, number = new_address(), new_number()
        granted = await here.registered(address)
        mine = here.accounts.contacts
        asked = await mine.begin(granted.account_id, number, HERE, NOW)
        assert (asked.new.by, asked.old.by) == ("phone", "email")
        await mine.confirm(granted.account_id, both(asked), HERE, NOW)
        assert [one.channel for one in await mine.all_of(granted.account_id)] == ["email", "phone"]
        found = await here.sign_in(number, NOW + MINUTE)
        await here.accounts.signing_in.confirm(
            found.challenge_id, code_of(found), HERE, NOW + MINUTE
        )
        assert (await sent(here))[-1] == ("email", "new_device")
        later = NOW + 2 * MINUTE
        other = await mine.begin(granted.account_id, new_number(), HERE, later)
        assert (other.new.by, other.old.by) == ("phone", "phone")  # What it takes the place of.
        await mine.confirm(granted.account_id, both(other), HERE, later)
        assert len(await mine.all_of(granted.account_id)) == 2
        told = [one for one in await sent(here) if one[1] == "contact_changed"]
        assert sorted(channel for channel, _ in told) == ["email", "email", "phone"]

    run(dsn, hashed_by, work)


def test_nothing_is_sent_to_a_number_that_has_asked_for_nothing(
    dsn: str, hashed_by: Passwords
) -> None:
    """No reset of nobody's, no word to who is registered: a stranger must not cost anything."""

    async def work(here: Process) -> None:
        known = new_number()
        await here.registered(known)
        before = await sent(here)
        unknown = await asks(here, new_number())
        again = await here.accounts.registration.begin(known, PASSWORD, NOW + MINUTE)
        for asked, confirm in (
            (unknown, here.accounts.resetting.confirm),
            (again, here.accounts.registration.confirm),
        ):
            more = (OTHER_PASSWORD,) if asked is unknown else ()
            with pytest.raises(CodeRefused):
                await confirm(asked.challenge_id, code_of(asked), *more, NOW + MINUTE)
        assert await sent(here) == before

    run(dsn, hashed_by, work)


def test_a_budget_is_spent_alike_by_the_known_and_the_unknown(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        known, unknown = new_number(), new_number()
        await here.registered(known)
        # One was spent to register.
        for number, left in ((known, 4), (unknown, 5)):
            for step in range(left):
                await asks(here, number, f"192.0.2.{step}", NOW + step * MINUTE)
            with pytest.raises(TextsAreSpent) as caught:
                await asks(here, number, "192.0.2.99", NOW + 9 * MINUTE)
            assert caught.value.after_s == 12 * 3600 - 9 * 60 + 1
        await asks(here, unknown, now=NOW + 12 * HOUR)  # Tomorrow.

    run(dsn, hashed_by, work)


def test_a_stranger_shuts_no_owner_out(dsn: str, hashed_by: Passwords) -> None:
    """What he asks for leaves what a password asks for, and the news; nor do others' news."""

    async def work(here: Process) -> None:
        number = new_number()
        await here.registered(number)
        for step in range(4):
            await asks(here, number, f"192.0.2.{step}", NOW + step * MINUTE)
        with pytest.raises(TextsAreSpent):
            await asks(here, number, "192.0.2.9", NOW + 5 * MINUTE)
        for step in range(3):
            later = NOW + (6 + step) * MINUTE
            found = await here.sign_in(number, later)
            await here.accounts.signing_in.confirm(found.challenge_id, code_of(found), HERE, later)
        assert (await sent(here))[-1] == ("phone", "new_device")

    run(dsn, hashed_by, work)


def test_another_code_asks_the_gate_and_takes_whole_steps(dsn: str, hashed_by: Passwords) -> None:
    asked_for: list[str] = []

    class Counting:
        async def let_through(self, attempt: Any) -> None:
            asked_for.append(attempt.kind)

    async def work(here: Process) -> None:
        known = new_number()
        await here.registered(known)
        for number in (known, new_number()):
            asked = await asks(here, number, now=NOW + MINUTE)
            asked_for.clear()
            await here.accounts.codes.send_again(asked.challenge_id, NOW + 2 * MINUTE, HERE)
            assert asked_for == ["text"]

    run(dsn, hashed_by, work, gate=Counting())


def test_numbers_elsewhere_and_of_services_are_refused(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        for number in ("+14155552671", "+78091234567", "+881612345678", "112"):
            with pytest.raises(PhoneInvalid):
                await asks(here, number)

    run(dsn, hashed_by, work)

    async def off(here: Process) -> None:
        with pytest.raises(PhonesAreOff):
            await asks(here, new_number())

    run(dsn, hashed_by, off, texting=Texting())


async def registers(here: Process, number: int) -> None:
    """From an address of their own."""
    origin = Origin(address=f"203.0.{number // 250}.{number % 250}")
    asked = await here.accounts.registration.begin(new_number(), PASSWORD, NOW, origin)
    await here.accounts.registration.confirm(asked.challenge_id, code_of(asked), NOW)


def test_a_flood_spends_no_more_than_the_budget_and_people_pass(
    dsn: str, hashed_by: Passwords
) -> None:
    """Twice for each number from 40 addresses, and people who register meanwhile: so many of each
    as the tenth of 10,000 requests, 5,000 numbers and 200 people; all of it takes 16 s.
    """
    texting = budgets(per_country=2_000, money_minor=600_000, price_minor=500)

    tally = {"sent": 0, "spent": 0}

    async def attack(process: Process, number: int) -> None:
        wanted, times = number % (REQUESTS // 2), number // (REQUESTS // 2)
        address = f"198.51.100.{number % 40}"
        try:
            await asks(process, f"+7999{wanted:07}", address, NOW + times * HOUR)
            tally["sent"] += 1
        except TextsAreSpent:
            tally["spent"] += 1

    async def work(here: Process, there: Process) -> None:
        crowd = [attack((here, there)[number % 2], number) for number in range(REQUESTS)]
        for number in range(PEOPLE):
            crowd.insert(number * 50, registers(here, number))
        for start in range(0, len(crowd), 40):
            await asyncio.gather(*crowd[start : start + 40])
        async with here.pool.connection() as connection:
            spent = await texts.spent(connection, NOW)
        assert tally["sent"] == 40 * 20
        assert sum(tally.values()) == REQUESTS
        assert spent["country"] == tally["sent"] + PEOPLE
        assert spent["money"] == 500 * spent["country"] <= 600_000
        assert texting.refused["address"] == tally["spent"]

    run(dsn, hashed_by, work, 2, texting=texting, within_s=300)


def test_the_day_s_money_is_the_end_whoever_asks(dsn: str, hashed_by: Passwords) -> None:
    """Exactly, however many ask at once over two processes."""
    texting = budgets(money_minor=10_250, price_minor=500)

    async def work(here: Process, there: Process) -> None:
        outcomes = await asyncio.gather(
            *(
                asks((here, there)[number % 2], new_number(), f"192.0.2.{number}")
                for number in range(60)
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(one, Asked) for one in outcomes) == 20
        assert sum(isinstance(one, TextsAreSpent) for one in outcomes) == 40
        assert texting.gauges()["texts_refused_money"] == 40

    run(dsn, hashed_by, work, 2, texting=texting)
