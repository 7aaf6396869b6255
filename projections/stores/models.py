"""From what is declared to what a runner keeps up with the log."""

from collections.abc import Mapping

from projections.model import Model
from projections.query import Store
from projections.read_models import ALL, Declared
from projections.stores.clickhouse.model import AnalystModel
from projections.stores.clickhouse.tables import FactTables
from projections.stores.meilisearch.index import SearchIndex
from projections.stores.meilisearch.model import SearchModel
from projections.stores.postgresql.model import PostgresModel
from projections.stores.postgresql.projector import Projector

DURABLE = "projections"
# How often a store takes a batch at most: a ClickHouse insert costs the same for one row as for
# a thousand.
PACE_S: Mapping[Store, float] = {"postgresql": 0.04, "meilisearch": 0.5, "clickhouse": 1.0}


def models(
    clickhouse_url: str, meilisearch_url: str, meilisearch_key: str
) -> Mapping[Store, list[Model]]:
    """Read models by the store that they live in."""

    def model_of(declared: Declared) -> Model:
        match declared:
            case Projector():
                return PostgresModel(declared)
            case SearchIndex():
                return SearchModel(declared, meilisearch_url, meilisearch_key)
            case FactTables():
                return AnalystModel(declared, clickhouse_url)

    by_store: dict[Store, list[Model]] = {}
    for declared in ALL:
        by_store.setdefault(declared.store, []).append(model_of(declared))
    return by_store
