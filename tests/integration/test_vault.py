"""Texts of persons in the log: sealed under a key of each, and gone when the key is."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import pytest
from psycopg_pool import AsyncConnectionPool

from commands import dispatch as dispatching
from commands import write_model
from commands.command import Command, NoAnswer, Policy
from commands.dispatch import Cause, Dispatch, NothingSeals
from commands.refusals import TextLooksSealed
from commands.stream import Fold
from commands.write_model import WriteModelFold
from eventstore import codec, registry, vault
from eventstore.events.base import Event
from eventstore.master_key import LocalMasterKey, MasterKeyUnknown
from eventstore.personal import Sealed, personal_fields, sealed_fields
from eventstore.store import EventStore
from eventstore.vault import (
    BROKEN,
    ERASED,
    KEPT_MAX,
    KEPT_S,
    LooksSealed,
    Rotated,
    Vault,
    erase,
    is_sealed,
)
from tests.given import at

STREET = "Красная площадь, 1"


class Delivered(Event, frozen=True, kw_only=True, tag="letter.delivered.v1"):
    """A sample: a fact with a text that is somebody's."""

    letter_id: str
    reader: str
    street: Sealed

    @property
    def stream(self) -> str:
        return f"letter-{self.letter_id}"


class Deliver(Command, frozen=True, kw_only=True):
    letter_id: str
    reader: str
    street: Sealed

    @property
    def sealed_for(self) -> str:
        return self.reader


def deliver(command: Deliver, _: Any, __: Policy) -> Any:
    event = Delivered(letter_id=command.letter_id, reader=command.reader, street=command.street)
    return [event], NoAnswer()


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample is part of the write model."""
    fold = Fold("letter", lambda letter_id: f"letter-{letter_id}", 0, lambda state, _: state + 1)
    monkeypatch.setitem(write_model.HANDLERS, Deliver, deliver)
    monkeypatch.setitem(write_model.FOLDS, "letter", fold)
    monkeypatch.setitem(write_model.EVOLVE, Delivered, fold.evolve)
    monkeypatch.setitem(dispatching.SEALED, Deliver, sealed_fields(Deliver))
    monkeypatch.setitem(registry.REGISTRY, "letter.delivered.v1", Delivered)
    monkeypatch.setitem(codec._NAMES, Delivered, "letter.delivered.v1")
    decoder = msgspec.json.Decoder(codec.StoredState[Delivered])
    monkeypatch.setitem(codec._DECODERS, "letter.delivered.v1", decoder)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


type Work = Callable[[AsyncConnectionPool], Coroutine[Any, Any, None]]


def run(dsn: str, work: Work) -> None:
    async def main() -> None:
        async with AsyncConnectionPool(dsn, open=False, kwargs={"autocommit": True}) as pool:
            await work(pool)

    asyncio.run(main())


def sealing(pool: Any, *masters: str, clock: Clock | None = None) -> Vault:
    return Vault(pool, LocalMasterKey(*(masters or ("m1",))), clock or Clock())


async def one(made: Vault, subject: str, text: str, field: str = "street") -> str:
    return (await made.seal(subject, {field: text}))[field]


def test_a_marked_field_is_personal_and_sealed() -> None:
    assert sealed_fields(Deliver) == ("street",)
    assert personal_fields(Delivered) == {"street"}


def test_what_is_sealed_never_comes_into_the_log_and_is_gone_with_its_key(
    dsn: str, sampled: None
) -> None:
    async def work(pool: Any) -> None:
        store = EventStore(dsn, WriteModelFold())
        await store.start()
        made = sealing(pool)
        send = Dispatch(store, Policy(), made.seal)
        command = Deliver(letter_id="l1", reader="anna", street=STREET, **at())
        cause = Cause(command_id="c1", correlation_id="", causation_id="")
        await send(command, cause)
        again = Dispatch(store, Policy(), sealing(pool).seal)  # Of another process.
        assert (await again(command, cause)).replayed
        await store.stop()
        async with pool.connection() as connection:
            rows = await (await connection.execute("SELECT state FROM stored_events")).fetchall()
            ((state,),) = rows
            assert STREET.encode() not in bytes(state)
            event = codec.decode_state("letter.delivered.v1", bytes(state)).data
            assert is_sealed(event.street)
            assert await made.open("street", [event.street, "as it is", ""]) == [
                STREET,
                "as it is",
                "",
            ]
            assert await erase(connection, "anna") == 1
        assert await sealing(pool).open("street", [event.street]) == [ERASED]

    run(dsn, work)


def test_without_a_vault_nothing_is_stored_in_clear(dsn: str, sampled: None) -> None:
    async def work(_: Any) -> None:
        store = EventStore(dsn, WriteModelFold())
        send = Dispatch(store, Policy())
        command = Deliver(letter_id="l1", reader="anna", street=STREET, **at())
        with pytest.raises(NothingSeals):
            await send(command, Cause(command_id="c", correlation_id="", causation_id=""))

    run(dsn, work)


def test_each_subject_has_a_key_and_the_same_text_is_sealed_the_same_way(dsn: str) -> None:
    async def work(pool: Any) -> None:
        first, second = sealing(pool), sealing(pool)
        texts = await asyncio.gather(*(one(made, "anna", STREET) for made in (first, second) * 5))
        assert len(set(texts)) == 1
        assert await one(first, "boris", STREET) not in texts
        assert await one(first, "anna", f"{STREET}.") not in texts
        assert await first.seal("anna", {"a": "", "b": "x"}) == {
            "a": "", "b": await one(second, "anna", "x", "b")
        }  # fmt: skip

    run(dsn, work)


@pytest.mark.parametrize("spoil", [lambda t: t[:-3] + "AAA", lambda t: t[:-6], lambda t: f"{t}!"])
def test_a_text_that_was_changed_or_is_shown_elsewhere_does_not_open(
    dsn: str, spoil: Callable[[str], str]
) -> None:
    async def work(pool: Any) -> None:
        made = sealing(pool)
        text = await one(made, "anna", STREET)
        assert await made.open("street", [spoil(text), text]) == [BROKEN, STREET]
        assert await made.open("note", [text]) == [BROKEN]
        assert await made.open("street", [f"{vault.MARK}nobody.AAAA"]) == [ERASED]
        with pytest.raises(LooksSealed):
            await one(made, "anna", text)

    run(dsn, work)


def test_what_is_erased_is_forgotten_within_a_minute_and_nothing_new_is_sealed_under_it(
    dsn: str,
) -> None:
    async def work(pool: Any) -> None:
        clock = Clock()
        made, other = sealing(pool, clock=clock), sealing(pool)
        text = await one(made, "anna", STREET)
        assert await made.open("street", [text]) == [STREET]
        async with pool.connection() as connection:
            await erase(connection, "anna")
            assert await erase(connection, "anna") == 0
        later = await one(made, "anna", STREET)  # At once, by who still knows the old key.
        assert later != text
        clock.now = KEPT_S
        assert await made.open("street", [later, text]) == [STREET, ERASED]
        assert await other.open("street", [later, text]) == [STREET, ERASED]
        assert text.split(".")[2] not in made._keys

    run(dsn, work)


def test_a_rotation_leaves_every_text_open_and_the_old_master_key_unused(dsn: str) -> None:
    async def work(pool: Any) -> None:
        old = sealing(pool, "m1")
        texts = [await one(old, f"subject-{number}", STREET) for number in range(1200)]
        with pytest.raises(MasterKeyUnknown):
            await sealing(pool, "m2").open("street", texts)
        told: list[int] = []
        assert await sealing(pool, "m2", "m1").rotate(told.append) == Rotated(1200, 0)
        assert told == [500, 1000, 1200]
        assert await sealing(pool, "m2", "m1").rotate(told.append) == Rotated(0, 0)
        assert set(await sealing(pool, "m2").open("street", texts)) == {STREET}

    run(dsn, work)


def test_keys_in_memory_are_bounded(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert KEPT_MAX == 10_000
    monkeypatch.setattr(vault, "KEPT_MAX", 3)

    async def work(pool: Any) -> None:
        made = sealing(pool)
        for number in range(9):
            await one(made, f"s{number}", "x")
        assert len(made._keys) == 3

    run(dsn, work)


def test_a_key_that_is_in_use_is_left_and_told(dsn: str) -> None:
    async def work(pool: Any) -> None:
        old = sealing(pool, "m1")
        for subject in ("anna", "boris"):
            await one(old, subject, STREET)
        held = "SELECT 1 FROM subject_keys.subject_key WHERE subject = 'anna' FOR UPDATE"
        async with pool.connection() as connection, connection.transaction():
            await connection.execute(held)
            assert await sealing(pool, "m2", "m1").rotate(list[int]().append) == Rotated(1, 1)
        assert await sealing(pool, "m2", "m1").rotate(list[int]().append) == Rotated(1, 0)

    run(dsn, work)


class Inner(msgspec.Struct):
    street: Sealed


@pytest.mark.parametrize("hint", [Inner, list[Sealed], Sealed | None, tuple[Inner, ...]])
def test_a_sealed_text_is_a_field_of_its_own_or_refused(hint: Any) -> None:
    odd = msgspec.defstruct("Odd", [("to", hint)])
    with pytest.raises(TypeError, match=r"Odd\.to"):
        sealed_fields(odd)


def test_a_client_s_text_that_looks_sealed_is_refused_with_its_field(
    dsn: str, sampled: None
) -> None:
    async def work(pool: Any) -> None:
        send = Dispatch(EventStore(dsn, WriteModelFold()), Policy(), sealing(pool).seal)
        command = Deliver(letter_id="l1", reader="anna", street=f"{vault.MARK}x", **at())
        with pytest.raises(TextLooksSealed) as refused:
            await send(command, Cause(command_id="c", correlation_id="", causation_id=""))
        assert refused.value.field == "street"

    run(dsn, work)


def test_a_wrapped_key_opens_under_no_other_name() -> None:
    async def main() -> None:
        master = LocalMasterKey("m")
        wrapped = await master.wrap(b"k" * 32, "key-1")
        assert await master.unwrap(wrapped, "key-1", master.name) == b"k" * 32
        with pytest.raises(MasterKeyUnknown):
            await master.unwrap(wrapped, "key-2", master.name)
        assert msgspec.json.encode(master.name) != b""

    asyncio.run(main())
