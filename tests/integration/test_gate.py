"""How often somebody may try: thieves are stopped, owners are not."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from altcha.v2 import Challenge, Payload, solve_challenge

from commands.accounts.gate import Attempt, Origin, ProofRequired, TooManyTries
from commands.accounts.refusals import SignInRefused
from commands.accounts.sessions import Granted
from commands.records.passwords.hashing import Passwords
from deploy.embedded import servers
from deploy.embedded.ports import HOST
from deploy.http.edge import gate as edge
from deploy.http.edge.gate import EdgeGate, network_of
from deploy.http.edge.windows import Windows
from tests.integration.accounts_ground import OTHER_PASSWORD, Process, new_address, run
from tests.integration.part_server import PartServer

PASSWORD = "throw-away"
HARD = "000"


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def valkey() -> Iterator[PartServer]:
    server = PartServer(lambda folder, port: servers.valkey(folder, port, PASSWORD))
    server.start()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture(autouse=True)
def easy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is work, however much: tests do little of it."""
    monkeypatch.setattr("deploy.http.edge.proofs.COST", 1)


@pytest.fixture
def secret(request: pytest.FixtureRequest) -> bytes:
    """People of another test are others."""
    return request.node.name.encode()[:60]


type Work = Callable[[EdgeGate], Awaitable[Any]]


def at(valkey: PartServer, secret: bytes, work: Work) -> Any:
    async def main() -> Any:
        windows = Windows(f"redis://:{PASSWORD}@{HOST}:{valkey.port}/0")
        try:
            return await work(EdgeGate(windows, secret, clock))
        finally:
            await windows.close()

    return asyncio.run(main())


def attempt(number: int = 0, **more: Any) -> Attempt:
    """From an address and at an account of its own, unless told."""
    asked: dict[str, Any] = {
        "kind": "password",
        "account": f"a{number}",
        "address": f"10.{number // 65536}.{number // 256 % 256}.{number % 256}",
    }
    return Attempt(**(asked | more))


def solved(required: ProofRequired) -> str:
    challenge = Challenge.from_dict(dict(required.challenge))
    solution = solve_challenge(challenge)
    assert solution is not None
    return Payload(challenge, solution).to_base64()


async def let_through(gate: EdgeGate, *attempts: Attempt) -> int:
    """How many, one after the other, without any work."""
    passed = 0
    for one in attempts:
        try:
            await gate.let_through(one)
        except ProofRequired:
            continue
        passed += 1
    return passed


async def paying(gate: EdgeGate, one: Attempt) -> str:
    """What was paid for it: 'nothing', or the prefix of the hardest challenge solved."""
    proof, paid = "", "nothing"
    while True:
        asked = msgspec.structs.replace(one, proof=proof)
        try:
            await gate.let_through(asked)
        except ProofRequired as required:
            proof, paid = solved(required), required.challenge["parameters"]["keyPrefix"]
        else:
            return paid


async def until_refused(gate: EdgeGate, attempts: list[Attempt]) -> list[str]:
    """What was paid for each until one was refused outright."""
    paid = []
    for one in attempts:
        try:
            paid.append(await paying(gate, one))
        except TooManyTries:
            return paid
    raise AssertionError("nothing was refused")


def test_one_address_tries_many_accounts(valkey: PartServer, secret: bytes) -> None:
    """Ten thousand sign-ins from one address: twenty for nothing, 320 in all."""

    async def work(gate: EdgeGate) -> None:
        thief = [attempt(n, address="198.51.100.1") for n in range(1_000)]
        assert await let_through(gate, *thief) == 20
        assert len(await until_refused(gate, thief)) == 100 + 200
        with pytest.raises(TooManyTries) as caught:
            await paying(gate, attempt(5_000, address="198.51.100.1"))
        assert 0 < caught.value.after_s <= 960

    at(valkey, secret, work)


def test_many_addresses_try_one_account_and_the_owner_signs_in(
    valkey: PartServer, secret: bytes
) -> None:
    async def work(gate: EdgeGate) -> None:
        thieves = [attempt(n * 256, account="anna") for n in range(1_000)]
        assert await let_through(gate, *thieves) == 50
        for _ in range(10):
            await gate.let_through(attempt(account="anna", address="203.0.113.7", device="~d1"))
        # On a device that she has not used before she pays, and is let in.
        assert await paying(gate, attempt(account="anna", address="203.0.113.9")) == "00"

    at(valkey, secret, work)


def test_one_password_over_many_accounts_is_seen_by_its_pace(
    valkey: PartServer, secret: bytes
) -> None:
    async def work(gate: EdgeGate) -> None:
        spray = [attempt(n * 256) for n in range(1_000)]
        assert await let_through(gate, *spray) == 600
        assert await paying(gate, attempt(account="anna", address="203.0.113.7")) == "00"
        await gate.let_through(attempt(account="bob", address="203.0.113.8", device="~d2"))

    at(valkey, secret, work)


def test_a_network_counts_as_one(valkey: PartServer, secret: bytes) -> None:
    async def work(gate: EdgeGate) -> None:
        neighbours = [attempt(n, address=f"192.0.2.{n % 250}") for n in range(200)]
        assert await let_through(gate, *neighbours) == 100

    at(valkey, secret, work)


def test_one_pair_pays_more_and_more_and_then_waits(valkey: PartServer, secret: bytes) -> None:
    async def work(gate: EdgeGate) -> None:
        paid = await until_refused(gate, [attempt(1)] * 200)
        assert [paid.count(what) for what in ("nothing", "00", HARD)] == [5, 20, 60]
        assert paid == sorted(paid, key=("nothing", "00", HARD).index)
        assert await paying(gate, attempt(1, address="203.0.113.50")) == "nothing"

    at(valkey, secret, work)


def test_work_pays_once_and_only_ours_does(valkey: PartServer, secret: bytes) -> None:
    async def work(gate: EdgeGate) -> None:
        await let_through(gate, *[attempt(1)] * 6)
        with pytest.raises(ProofRequired) as caught:
            await gate.let_through(attempt(1))
        proof = solved(caught.value)
        await gate.let_through(attempt(1, proof=proof))
        foreign = EdgeGate(gate._windows, b"another", clock)
        await let_through(foreign, *[attempt(1)] * 6)
        with pytest.raises(ProofRequired) as of_another:
            await foreign.let_through(attempt(1))
        for worthless in (proof, solved(of_another.value), "e30=", "nonsense", "x" * 5_000):
            with pytest.raises(ProofRequired) as again:
                await gate.let_through(attempt(1, proof=worthless))
            assert again.value.challenge["parameters"]["keyPrefix"] == "00"

    at(valkey, secret, work)


def test_work_pays_for_the_kind_of_try_that_it_was_asked_for(
    valkey: PartServer, secret: bytes
) -> None:
    async def work(gate: EdgeGate) -> None:
        await let_through(gate, *[attempt(1)] * 6)
        with pytest.raises(ProofRequired) as for_password:
            await gate.let_through(attempt(1))
        proof = solved(for_password.value)
        await let_through(gate, *[attempt(1, kind="code")] * 50)
        with pytest.raises((ProofRequired, TooManyTries)):
            await gate.let_through(attempt(1, kind="code", proof=proof))
        # And is not spent by that.
        await gate.let_through(attempt(1, proof=proof))

    at(valkey, secret, work)


def test_kinds_are_counted_apart(valkey: PartServer, secret: bytes) -> None:
    async def work(gate: EdgeGate) -> None:
        assert await let_through(gate, *[attempt(1)] * 10) == 5
        assert await let_through(gate, *[attempt(1, kind="letter")] * 20) == 3
        assert await let_through(gate, *[attempt(1, kind="code")] * 50) == 20
        assert await let_through(gate, *[attempt(1, kind="factor")] * 50) == 10

    at(valkey, secret, work)


def test_without_redis_a_tenth_is_let_through_by_each_process(secret: bytes) -> None:
    async def main() -> None:
        windows = Windows("redis://127.0.0.1:9/0")
        gate = EdgeGate(windows, secret, clock)
        many = [attempt(n, address="198.51.100.1") for n in range(50)]
        assert await let_through(gate, *many) == 2
        await windows.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_networks(address: str, network: str) -> None:
    assert network_of(address) == network


def test_every_scope_has_somebody() -> None:
    """Whoever adds a scope to the table says who is counted in it."""
    scopes = {scope for levels in edge.LEVELS.values() for level in levels for scope in level}
    assert scopes == {"pair", "account", "address", "network", "everybody"}


def test_who_tries_passwords_never_learns_one_and_the_owner_notices_nothing(
    dsn: str, hashed_by: Passwords, valkey: PartServer, secret: bytes
) -> None:
    """Over the whole way: nothing is hashed for whoever does not pay."""

    late = LateGate()

    async def work(here: Process) -> None:
        windows = Windows(f"redis://:{PASSWORD}@{HOST}:{valkey.port}/0")
        late.gate = EdgeGate(windows, secret, clock)
        address = new_address()
        device = (await here.registered(address)).device_token
        refused = []
        for turn in range(200):
            thief = Origin(address=f"198.51.{turn % 100}.1")
            try:
                await here.sign_in(address, password=OTHER_PASSWORD, origin=thief)
            except (SignInRefused, ProofRequired) as refusal:
                refused.append(type(refusal))
        assert refused.count(SignInRefused) == 50
        assert isinstance(await here.sign_in(address, device=device), Granted)
        await windows.close()

    run(dsn, hashed_by, work, 1, late)


class LateGate:
    """One that is made on the loop that it is asked on."""

    gate: EdgeGate

    async def let_through(self, one: Attempt) -> None:
        await self.gate.let_through(one)
