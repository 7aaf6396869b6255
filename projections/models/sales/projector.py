"""Sales facts and sums for analysts, in ClickHouse."""

from projections.keys import by_field
from projections.models.sales.facts import rows_of
from projections.models.sales.sums import SUMS
from projections.models.sales.tables import FACTS
from projections.stores.clickhouse.tables import FactTables

PROJECTOR = FactTables(
    name="sales",
    version=2,
    facts=FACTS,
    rows_of=rows_of,
    key=by_field("order_id", "order", "escrow"),
    sums=SUMS,
    retired=("order_states", "part_states"),
)
