"""Calls that are owed to providers, on a real database: each fails by itself."""

import asyncio

import pytest

from commands.outside import owed
from commands.outside.calls import Calls
from commands.outside.payments.call import CallKind, refund_key
from commands.outside.payments.port import PAYMENTS
from commands.outside.port import Unreachable
from commands.processes.reactions import CallDone
from commands.runner import process_tables as tables
from tests.contract.odd_server import response
from tests.integration.outside_bench import MADE, Bench, answering, call_of, clock, run, sandbox


def test_calls_of_other_kinds_never_share_a_row(dsn: str) -> None:
    """Whoever starts a payment under a payout's id ends no payout."""

    async def work(bench: Bench) -> None:
        kinds: tuple[CallKind, ...] = ("charge", "payout", "refund")
        await bench.owe(*(call_of(kind, "x") for kind in kinds))
        await tables.store(
            bench.connection, [("call-provider", CallDone("payments", "charge", "x"))]
        )
        states = await bench.rows("SELECT kind, state FROM owed")
        assert dict(states) == {"charge": "done", "payout": "owed", "refund": "owed"}
        due = await owed.due(bench.connection, PAYMENTS, "sandbox", 10)
        assert {call.kind for call in due} == {"payout", "refund"}

    run(dsn, work)


def test_two_legs_never_share_a_key() -> None:
    pairs = [("a", "b:c"), ("a:b", "c"), ("a:b:c", ""), ("a", "b"), ("a:", "b")]
    assert len({refund_key(*pair) for pair in pairs}) == len(pairs)
    assert refund_key("r1", "p1") == "r1:p1"  # As it ever was.


def test_a_call_in_hand_is_nobody_else_s(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        order: list[str] = []
        first_has_it, go_on = asyncio.Event(), asyncio.Event()

        async def first() -> None:
            async with owed.in_hand(bench.pool, call_of()):
                first_has_it.set()
                await go_on.wait()
                order.append("first")

        async def second() -> None:
            await first_has_it.wait()
            waiting = asyncio.create_task(third())
            async with owed.in_hand(bench.pool, call_of("payout")):
                go_on.set()  # Another call's lock is another.
            await waiting

        async def third() -> None:
            async with owed.in_hand(bench.pool, call_of()):
                order.append("third")

        await asyncio.gather(first(), second())
        assert order == ["first", "third"]

    run(dsn, work)


def test_an_outage_parks_nothing_and_another_amount_does_at_once(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        await bench.owe(call_of())
        async with answering(response(503, b"")) as adapter:
            calls = Calls(bench.pool, bench.dispatch, sandbox(adapter), clock)
            for _ in range(owed.UNCLEAR_MAX + 1):
                await calls.make(call_of())
        assert [state for (state,) in await bench.rows("SELECT state FROM owed")] == ["owed"]
        async with answering(response(200, MADE.replace(b"1000", b"1"))) as adapter:
            calls = Calls(bench.pool, bench.dispatch, sandbox(adapter), clock)
            await calls.make(call_of())
        ((state, problem),) = await bench.rows("SELECT state, problem FROM owed")
        assert state == "parked"
        assert problem.startswith("AnswerMismatch")
        assert await bench.names("payment-p1") == ["payment.started.v1"]

    run(dsn, work)


def test_what_is_done_is_looked_up_again_but_never_asked_for_again(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        await bench.owe(call_of())
        await tables.store(
            bench.connection, [("call-provider", CallDone("payments", "charge", "p1"))]
        )
        assert await owed.silent(bench.connection, PAYMENTS, "sandbox", 9) == []
        swept: list[int] = []
        for _ in range(2):  # A look that was not made comes again.
            await bench.due_now()
            swept += [
                sweep for _, sweep in await owed.silent(bench.connection, PAYMENTS, "sandbox", 9)
            ]
        assert swept == [1, 1]
        assert await owed.silent(bench.connection, PAYMENTS, "sandbox", 9) == []
        not_found = response(404, b'{"error":{"type":"not_found"}}')
        async with answering(not_found) as adapter:  # It would be asked for, if not for the sweep.
            calls = Calls(bench.pool, bench.dispatch, sandbox(adapter), clock)
            await calls.make(call_of(), sweep=1)
        assert await bench.names("payment-p1") == ["payment.started.v1"]
        async with answering(response(503, b"")) as adapter:  # No look was made.
            calls = Calls(bench.pool, bench.dispatch, sandbox(adapter), clock)
            await calls.make(call_of(), sweep=2)
        async with answering(response(200, MADE)) as adapter:
            calls = Calls(bench.pool, bench.dispatch, sandbox(adapter), clock)
            for _ in range(5):
                await bench.due_now()
                for call, sweep in await owed.silent(bench.connection, PAYMENTS, "sandbox", 9):
                    swept.append(sweep)
                    await calls.make(call, sweep)
        assert swept == [1, 1, 2, 3]
        assert await bench.names("payment-p1") == ["payment.started.v1", "payment.captured.v1"]

    run(dsn, work)


def test_what_a_sweep_does_not_understand_is_listed(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.owe(call_of())
        await tables.store(
            bench.connection, [("call-provider", CallDone("payments", "charge", "p1"))]
        )
        async with answering(response(200, MADE.replace(b"1000", b"1"))) as adapter:
            calls = Calls(bench.pool, bench.dispatch, sandbox(adapter), clock)
            await calls.make(call_of(), sweep=1)
        (seen,) = await owed.listed(bench.connection, ["parked"], 9)
        assert (seen.state, (seen.problem or "").partition(":")[0]) == ("done", "AnswerMismatch")

    run(dsn, work)


def test_a_call_that_the_queue_did_not_take_comes_again_in_a_moment(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.owe(call_of())
        for _ in range(3):
            await bench.due_now()
            (call,) = await owed.due(bench.connection, PAYMENTS, "sandbox", 9)
            await owed.not_taken(bench.connection, [call])
        late = "next_attempt_at > clock_timestamp() + interval '2 seconds'"
        assert await bench.rows(f"SELECT attempts, {late} FROM owed") == [(0, False)]

    run(dsn, work)


@pytest.mark.parametrize(("unclear", "most_s"), [(0, 64), (1, 600)])
def test_after_a_long_outage_a_call_comes_again_within_a_minute(
    dsn: str, unclear: int, most_s: int
) -> None:
    """Only what is answered and not understood comes ever more seldom."""

    async def work(bench: Bench) -> None:
        await bench.owe(call_of())
        await bench.rows(f"UPDATE owed SET attempts = 500, unclear = {unclear} RETURNING 1")
        assert len(await owed.due(bench.connection, PAYMENTS, "sandbox", 9)) == 1
        pause = "round(extract(epoch FROM next_attempt_at - clock_timestamp()) / 4)"
        assert await bench.rows(f"SELECT {pause} * 4 FROM owed") == [(most_s,)]

    run(dsn, work)


def test_what_the_log_does_not_owe_is_not_made(dsn: str) -> None:
    """The queue may remember a call that was done, or whose log was lost."""

    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        async with answering(response(200, MADE)) as adapter:
            calls = Calls(bench.pool, bench.dispatch, sandbox(adapter), clock)
            await calls.make(call_of())
            assert await bench.names("payment-p1") == ["payment.started.v1"]
            await bench.owe(call_of())
            await calls.make(call_of())
        assert await bench.names("payment-p1") == ["payment.started.v1", "payment.captured.v1"]

    run(dsn, work)


def test_a_hand_that_is_held_too_long_is_not_waited_for(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owed, "IN_HAND_WAIT", "50ms")

    async def work(bench: Bench) -> None:
        async with owed.in_hand(bench.pool, call_of()):
            with pytest.raises(Unreachable):
                async with owed.in_hand(bench.pool, call_of()):
                    pass

    run(dsn, work)


def test_a_call_that_cannot_be_read_is_parked_and_holds_up_no_other(dsn: str) -> None:
    """As another version wrote it."""

    async def work(bench: Bench) -> None:
        await bench.owe(call_of(key="good"), call_of(key="odd"))
        await bench.connection.execute(
            "UPDATE owed SET payload = '{\"kind\":\"charge\"}' WHERE subject = 'odd'"
        )
        due = await owed.due(bench.connection, PAYMENTS, "sandbox", 10)
        assert [call.key for call in due] == ["good"]
        (odd,) = await owed.listed(bench.connection, ["parked"], 10)
        assert (odd.subject, odd.state) == ("odd", "parked")
        assert "not readable" in (odd.problem or "")

    run(dsn, work)
