"""hot-item and two-writers: everybody wants the same thing, or writes at the same time."""

import msgspec

from deploy.bench.ground import Ground
from deploy.bench.load import Loaded
from deploy.bench.market import Market
from deploy.bench.measure import Sample
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary

HOT_AT_LEAST = 0.80
WRITERS_AT_LEAST = 1.3
# The stock outlasts the warm-up and is gone after this share of the stretch.
WARM_S, GONE_AFTER = 1.0, 0.3
CREATED, CONFLICT = 201, 409
BUYERS = 1_000
SECOND = ["deploy.cli", "serve", "write"]
ANSWERED = "SELECT count(*) FROM stored_events WHERE topic = 'order.placed.v1'"


def answers(loaded: Loaded, seconds: float) -> float:
    """Orders answered a second, sold or refused as out of stock."""
    return (loaded.statuses.get(CREATED, 0) + loaded.statuses.get(CONFLICT, 0)) / seconds


def hot_item(options: Options, say: Say) -> Result:
    """Every order answered counts, sold or refused: the stock runs out on the way. Buyers order:
    what staff is refused is kept, an event each.
    """
    sold: list[tuple[int, int]] = []
    expected = 0
    with Ground({"postgres", "write"}) as ground:
        market = Market(ground, options, say)
        market.let_in(BUYERS)

        def floor() -> Sample:
            nonlocal expected
            sample = market.load("small-order", "write")
            expected = int(sample.per_s * (WARM_S + options.seconds * GONE_AFTER))
            return sample

        def ours() -> Sample:
            market.receive_hot(expected)
            sample, loaded = market.loaded("hot-item", "write")
            sold.append(((sold[-1][0] if sold else 0) + expected, market.hot_reserved()))
            return msgspec.structs.replace(sample, per_s=answers(loaded, options.seconds))

        rounds = in_turns(options.rounds, ours, floor, say)
    return summary(
        "hot-item",
        "answers/s",
        rounds,
        bars=lambda _, ratio: [
            Bar(what="of orders over 5,000 listings", wanted=HOT_AT_LEAST, seen=ratio),
            Bar(
                what="rounds in which exactly the stock was sold",
                wanted=options.rounds,
                seen=sum(received == reserved for received, reserved in sold),
            ),
        ],
        details={"received and reserved in all": sold},
    )


def two_writers(options: Options, say: Say) -> Result:
    """Random streams for the rate; then both on one hot item, which must not be oversold."""
    faults = 0
    with Ground({"postgres", "write"}) as ground:
        market = Market(ground, options, say)
        second = ground.start("write2", SECOND, "/readyz", MARKET_WRITE_PORT="{port}")

        def ours() -> Sample:
            nonlocal faults
            before = placed(market)
            sample, loaded = market.loaded("place-order", "write", market.port, second)
            faults += abs(placed(market) - before - sum(loaded.succeeded_by_port))
            return sample

        rounds = in_turns(options.rounds, ours, lambda: market.load("place-order", "write"), say)
        stock = int(rounds[0][0].per_s * options.seconds * 0.3)
        market.receive_hot(stock)
        _, hot = market.loaded("hot-item", "write", market.port, second)
        reserved = market.hot_reserved()
    say(f"  both on one item: {hot.succeeded_by_port} sold of {stock}, {reserved} reserved")
    return summary(
        "two-writers",
        "orders/s",
        rounds,
        bars=lambda _, ratio: [
            Bar(what="times one write process", wanted=WRITERS_AT_LEAST, seen=ratio),
            Bar(what="commands lost or doubled", wanted=0, seen=faults, at_most=True),
            Bar(what="units oversold on one item", wanted=0, seen=reserved - stock, at_most=True),
            Bar(what="sold by the slower writer", wanted=1, seen=min(hot.succeeded_by_port)),
        ],
        details={"hot: sold by each": hot.succeeded_by_port, "hot: stock": stock},
    )


def placed(market: Market) -> int:
    return int(str(market.sql(ANSWERED)[0][0]))
