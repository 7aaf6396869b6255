"""All read models by name."""

from collections.abc import Mapping

from projections.model import Model
from projections.models.audit.projector import PROJECTOR as AUDIT
from projections.models.escrow.projector import PROJECTOR as ESCROW
from projections.models.ledger.projector import PROJECTOR as LEDGER
from projections.models.listing_search.projector import ListingSearchModel
from projections.models.listings.projector import PROJECTOR as LISTINGS
from projections.models.orders.projector import PROJECTOR as ORDERS
from projections.models.payments.projector import PROJECTOR as PAYMENTS
from projections.models.payouts.projector import PROJECTOR as PAYOUTS
from projections.models.refunds.projector import PROJECTOR as REFUNDS
from projections.models.sales.projector import SalesModel
from projections.models.sellers.projector import PROJECTOR as SELLERS
from projections.query import Store
from projections.stores.postgresql.model import PostgresModel
from projections.stores.postgresql.projector import Projector

POSTGRES: tuple[Projector, ...] = (
    ORDERS,
    ESCROW,
    SELLERS,
    LEDGER,
    PAYMENTS,
    REFUNDS,
    PAYOUTS,
    AUDIT,
    LISTINGS,
)
VERSIONS: Mapping[str, int] = {
    **{projector.name: projector.version for projector in POSTGRES},
    ListingSearchModel.name: ListingSearchModel.version,
    SalesModel.name: SalesModel.version,
}
NAMES = tuple(VERSIONS)
STORE_OF: Mapping[str, Store] = {
    **{projector.name: "postgresql" for projector in POSTGRES},
    ListingSearchModel.name: ListingSearchModel.store,
    SalesModel.name: SalesModel.store,
}


# Models that several processes may share: no row is touched by events of two keys. The ledger
# could not be among them: its balances are touched by all.
SHARED = ("audit", "orders", "listings", "escrow", "payments", "refunds", "payouts", "sellers")

# How often a store takes a batch at most: a ClickHouse insert costs the same for one row as for
# a thousand.
DURABLE = "projections"
PACE_S = {
    "postgresql": 0.04,
    "meilisearch": 0.5,
    "clickhouse": 1.0,
}


def models(
    clickhouse_url: str, meilisearch_url: str, meilisearch_key: str
) -> Mapping[str, list[Model]]:
    """Read models by the store that they live in."""
    return {
        "postgresql": [PostgresModel(projector) for projector in POSTGRES],
        "meilisearch": [ListingSearchModel(meilisearch_url, meilisearch_key)],
        "clickhouse": [SalesModel(clickhouse_url)],
    }
