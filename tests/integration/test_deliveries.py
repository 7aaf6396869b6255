"""What providers send, on a real database: each delivery fails by itself."""

import pytest

from commands.outside import deliveries, owed
from commands.outside.calls import Calls
from commands.outside.translate import Translator
from tests.contract.odd_server import response
from tests.integration.outside_bench import (
    MADE,
    OLD,
    Bench,
    answering,
    call_of,
    clock,
    run,
    sandbox,
)

ODD = {
    "504": response(504, b""),
    "HTML": response(200, b"<html>"),
    "400 with HTML": response(400, b"<html>"),
    "a refused look-up": response(400, b'{"error":{"type":"invalid_request"}}'),
}


@pytest.mark.parametrize("answer", ODD.values(), ids=[name.replace(" ", "-") for name in ODD])
def test_an_odd_answer_holds_up_its_own_delivery_only(dsn: str, answer: bytes) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        await bench.owe(call_of())
        await bench.came_in("evt_1", "p1", clock())
        async with answering(answer) as adapter:
            translator = Translator(bench.pool, bench.dispatch, sandbox(adapter), clock)
            assert await translator.turn() == 1
        done, parked, problem = (await bench.inbox())["evt_1"]
        assert (done, parked) == (False, False)
        assert problem
        await bench.due_now()
        async with answering(response(200, MADE)) as adapter:
            await Translator(bench.pool, bench.dispatch, sandbox(adapter), clock).turn()
        assert (await bench.inbox())["evt_1"] == (True, False, None)
        assert await bench.names("payment-p1") == ["payment.started.v1", "payment.captured.v1"]

    run(dsn, work)


def test_a_delivery_is_tried_whatever_its_age_and_waits_for_its_call(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        await bench.came_in("evt_old", "p1", OLD)
        async with answering(response(200, MADE)) as adapter:
            translator = Translator(bench.pool, bench.dispatch, sandbox(adapter), clock)
            await translator.turn()
            assert (await bench.inbox())["evt_old"][:2] == (False, False)
            await bench.owe(call_of())  # The log has been read so far.
            await bench.due_now()
            await translator.turn()
        assert (await bench.inbox())["evt_old"] == (True, False, None)

    run(dsn, work)


def test_what_stays_unclear_is_parked_and_can_be_tried_again(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        await bench.owe(call_of())
        await bench.came_in("evt_1", "p1", clock())
        async with answering(response(200, b"<html>")) as adapter:
            translator = Translator(bench.pool, bench.dispatch, sandbox(adapter), clock)
            calls = Calls(bench.pool, bench.dispatch, sandbox(adapter), clock)
            for _ in range(deliveries.UNCLEAR_MAX):
                await bench.due_now()
                await translator.turn()
                await calls.make(call_of())
        assert (await bench.inbox())["evt_1"][1]
        assert [one.state for one in await owed.listed(bench.connection, ["parked"], 9)] == [
            "parked"
        ]
        assert await deliveries.retry(bench.connection) == 1
        assert await owed.retry(bench.connection, "p1") == 1
        async with answering(response(200, MADE)) as adapter:
            await Translator(bench.pool, bench.dispatch, sandbox(adapter), clock).turn()
        assert (await bench.inbox())["evt_1"] == (True, False, None)

    run(dsn, work)


def test_what_is_about_no_call_of_ours_is_a_fact_of_its_own_and_told_once(dsn: str) -> None:
    told = (
        b'{"id":"%s","type":"dispute.opened","data":{"object":{"object":"dispute","id":"dp_1",'
        b'"charge":"ch_1","amount_minor":500,"currency":"EUR"}}}'
    )

    async def work(bench: Bench) -> None:
        for external_id in ("evt_1", "evt_2"):
            await bench.took_in(external_id, told % external_id.encode())
        async with answering(response(500, b"")) as adapter:
            translator = Translator(bench.pool, bench.dispatch, sandbox(adapter), clock)
            await translator.turn()
            await bench.rows_none("UPDATE webhook_inbox SET translated_at = NULL")
            await bench.due_now()
            assert await translator.turn() == 2
        assert set((await bench.inbox()).values()) == {(True, False, None)}
        found = await bench.rows(
            "SELECT convert_from(state, 'UTF8')::json -> 'data' ->> 'external_id'"
            " FROM stored_events WHERE topic = 'provider_report.received.v1' ORDER BY 1"
        )
        assert found == [("evt_1",), ("evt_2",)]

    run(dsn, work)
