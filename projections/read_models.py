"""All read models, a line each, whatever store they live in; everything else is derived."""

from collections.abc import Mapping

from projections.models.accounts.projector import PROJECTOR as ACCOUNTS
from projections.models.audit.projector import PROJECTOR as AUDIT
from projections.models.escrow.projector import PROJECTOR as ESCROW
from projections.models.ledger.projector import PROJECTOR as LEDGER
from projections.models.listing_search.projector import PROJECTOR as LISTING_SEARCH
from projections.models.listings.projector import PROJECTOR as LISTINGS
from projections.models.members.projector import PROJECTOR as MEMBERS
from projections.models.orders.projector import PROJECTOR as ORDERS
from projections.models.payments.projector import PROJECTOR as PAYMENTS
from projections.models.payouts.projector import PROJECTOR as PAYOUTS
from projections.models.refunds.projector import PROJECTOR as REFUNDS
from projections.models.sales.projector import PROJECTOR as SALES
from projections.models.sellers.projector import PROJECTOR as SELLERS
from projections.models.sessions.projector import PROJECTOR as SESSIONS
from projections.query import Store
from projections.stores.clickhouse.tables import FactTables
from projections.stores.meilisearch.index import SearchIndex
from projections.stores.postgresql.projector import Projector

type Declared = Projector | SearchIndex | FactTables

ALL: tuple[Declared, ...] = (
    ORDERS,
    ESCROW,
    SELLERS,
    LEDGER,
    PAYMENTS,
    REFUNDS,
    PAYOUTS,
    AUDIT,
    LISTINGS,
    SESSIONS,
    ACCOUNTS,
    MEMBERS,
    LISTING_SEARCH,
    SALES,
)

VERSIONS: Mapping[str, int] = {declared.name: declared.version for declared in ALL}
STORE_OF: Mapping[str, Store] = {declared.name: declared.store for declared in ALL}
NAMES = tuple(VERSIONS)
POSTGRES: tuple[Projector, ...] = tuple(one for one in ALL if isinstance(one, Projector))
# Models that several processes may share.
SHARED = tuple(projector.name for projector in POSTGRES if projector.shared)
