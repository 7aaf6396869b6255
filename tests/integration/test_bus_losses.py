"""What operators and time do to the bus: whoever reads goes on, and nothing is skipped."""

import asyncio

import pytest

from eventstore import bus, consumer
from eventstore.consumer import Consumer, Feed
from tests.integration.bus_ground import DURABLE, Ground, play, read_up_to, until
from tests.integration.logs import append


@pytest.mark.parametrize("loss", ["deleted", "purged", "foreign"])
def test_a_relay_whose_last_message_is_gone_goes_on_where_it_was(
    dsn: str, nats_url: str, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "DUPLICATE_WINDOW_S", 0.1)

    async def work(ground: Ground) -> None:
        append(dsn, 20)
        await ground.relayed(20)
        last = await ground.window_passed()
        match loss:
            case "deleted":
                for sequence in range(20, last + 1):
                    await ground.jetstream.delete_msg(bus.STREAM, sequence)
            case "purged":
                await ground.jetstream.purge_stream(bus.STREAM)
            case _:
                await ground.jetstream.publish("events.somebody.else", b"not ours")
        before = await ground.positions()
        append(dsn, 5)
        await ground.relayed(25)
        assert (await ground.positions())[len(before) :] == [21, 22, 23, 24, 25]

    play(dsn, nats_url, work)


def test_a_stream_that_is_deleted_while_it_runs_is_made_again_and_goes_on(
    dsn: str, nats_url: str
) -> None:
    async def work(ground: Ground) -> None:
        append(dsn, 20)
        subscription = ground.subscription()
        async with ground.relaying() as relay:
            await until(lambda: relay.position >= 20)
            await read_up_to(subscription, 0, 20)
            await ground.jetstream.delete_stream(bus.STREAM)
            append(dsn, 30)
            await until(lambda: relay.position >= 50)
            assert (await ground.positions())[-1] == 50
            seen = 20
            while seen < 50:
                rows = await subscription.next_after(seen)
                seen = rows[-1].position if rows else seen
            filled = subscription.gaps_filled
            append(dsn, 10)
            while seen < 60:
                rows = await subscription.next_after(seen)
                seen = rows[-1].position if rows else seen
        assert subscription.gaps_filled - filled <= 10

    play(dsn, nats_url, work)


def test_a_consumer_that_is_deleted_is_made_again_near_its_reader(
    dsn: str, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "FETCH_WAIT_S", 0.2)
    monkeypatch.setattr(consumer, "LOOK_S", 0.2)

    async def work(ground: Ground) -> None:
        append(dsn, 600)
        subscription = ground.subscription()
        async with ground.relaying() as relay:
            await until(lambda: relay.position >= 600)
            seen = await read_up_to(subscription, 0, 600)
            await ground.jetstream.delete_consumer(bus.STREAM, DURABLE)
            filled = subscription.gaps_filled
            while True:
                append(dsn, 1)
                rows = await subscription.next_after(seen)
                seen = rows[-1].position if rows else seen
                if subscription.gaps_filled == filled and rows:
                    break  # It came by the bus.
                filled = subscription.gaps_filled
        info = await ground.consumer()
        assert info.config.opt_start_seq is not None
        assert info.config.opt_start_seq > 600

    play(dsn, nats_url, work)


def test_a_reader_does_not_stand_still_while_the_bus_replays(dsn: str, nats_url: str) -> None:
    """Its consumer was made at the beginning; it stands near the end."""

    async def work(ground: Ground) -> None:
        append(dsn, 6_000)
        await ground.relayed(6_000)
        await Consumer(ground.client, DURABLE).take(0, 1)
        subscription = ground.subscription()
        rows = await subscription.next_after(5_990)
        assert [row.position for row in rows] == list(range(5_991, 6_001))
        append(dsn, 5)
        await ground.relayed(6_005)
        rows = await subscription.next_after(6_000)
        assert [row.position for row in rows] == list(range(6_001, 6_006))
        info = await ground.consumer()
        assert info.delivered.stream_seq >= 5_999

    play(dsn, nats_url, work)


def test_readers_that_share_a_feed_are_not_held_up_by_a_replay_either(
    dsn: str, nats_url: str
) -> None:
    async def work(ground: Ground) -> None:
        append(dsn, 6_000)
        await ground.relayed(6_000)
        await Consumer(ground.client, DURABLE).take(0, 1)
        feed = Feed(Consumer(ground.client, DURABLE))
        running = asyncio.create_task(feed.run())
        try:
            subscription = ground.subscription(feed)
            rows = await subscription.next_after(5_990)
            assert [row.position for row in rows] == list(range(5_991, 6_001))
            seen = 6_000
            async with ground.relaying():
                filled = subscription.gaps_filled
                while True:
                    append(dsn, 1)
                    rows = await subscription.next_after(seen)
                    seen = rows[-1].position if rows else seen
                    if subscription.gaps_filled == filled and rows:
                        break  # It came by the bus.
                    filled = subscription.gaps_filled
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    play(dsn, nats_url, work)
