"""search: listings over the read API, against the search server called directly."""

import asyncio
from typing import Any
from urllib.parse import urlencode, urlsplit

from psycopg import AsyncConnection

from deploy.bench import history
from deploy.bench.ground import Ground
from deploy.bench.load import Plan
from deploy.bench.measure import Sample
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary
from deploy.bench.scenarios import Asked
from deploy.bench.stretch import measured
from deploy.embedded.ports import HOST
from projections.models.listing_search.projector import PROJECTOR
from projections.models.listing_search.queries import ListingQuery, search_body
from projections.running.applier import Applier
from projections.stores.meilisearch.model import SearchModel

LISTINGS = 20_000
QUERIES = 200
CONNECTIONS = 16
AT_LEAST = 0.60


async def index(dsn: str, url: str, key: str) -> None:
    """The index of the log that is there."""
    async with (
        await AsyncConnection.connect(dsn, autocommit=True) as connection,
        await AsyncConnection.connect(dsn, autocommit=True) as source,
    ):
        applier = Applier([SearchModel(PROJECTOR, url, key)], "bench")
        await applier.begin(connection)
        await applier.drain(connection, source)


def queries() -> list[ListingQuery]:
    """Two words, every second one with a filter by category."""
    words = [history.title(number * 97).split() for number in range(QUERIES)]
    return [
        ListingQuery(
            q=f"{first} {second}", category=f"category-{number % 40}" if number % 2 else None
        )
        for number, (first, second, *_) in enumerate(words)
    ]


def _target(query: ListingQuery) -> str:
    given = {"q": query.q} | ({"category": query.category} if query.category else {})
    return f"/v1/listings/search?{urlencode(given)}"


def search(options: Options, say: Say) -> Result:
    with Ground({"postgres", "meilisearch", "read"}) as ground:
        settings = ground.settings
        history.write(settings.database_url, history.listings(LISTINGS))
        asyncio.run(
            index(settings.database_url, settings.meilisearch_url, settings.meilisearch_key)
        )
        say(f"  {LISTINGS:,} listings indexed")
        direct = urlsplit(settings.meilisearch_url).port or 0

        def take(port: int, scenario: str, token: str, **asked: Any) -> Sample:
            plan = Plan(
                ports=[port],
                asked=Asked(
                    scenario=scenario, run="s", token=token, host=f"{HOST}:{port}", **asked
                ),
                connections=CONNECTIONS,
                seconds=options.seconds,
            )
            return measured(ground, plan, "read", "meilisearch")[0]

        token = ground.token("buyer", "b")
        targets = [_target(query) for query in queries()]
        bodies = [search_body(query) for query in queries()]
        path = ["/indexes/listings/search"]
        rounds = in_turns(
            options.rounds,
            lambda: take(settings.read_port, "gets", token, targets=targets),
            lambda: take(direct, "posts", settings.meilisearch_key, targets=path, bodies=bodies),
            say,
        )
    return summary(
        "search",
        "searches/s",
        rounds,
        bars=lambda _, ratio: [Bar(what="of the search server", wanted=AT_LEAST, seen=ratio)],
    )
