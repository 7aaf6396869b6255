"""Random histories of the market: which steps, how often, and of what market."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.property.market_machine import Setup, Step
from tests.property.market_operations import OPERATIONS

LAW_SETTINGS = settings(
    max_examples=300,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

WEIGHTS = {
    "pay": 2,
    "refund lines": 2,
    "refund amount": 3,
    "release": 2,
    "deliver": 2,
    "confirm": 2,
    "pay out": 2,
}

NUMBERS = st.tuples(*[st.integers(0, 11)] * 5)
STEP = st.builds(
    Step,
    st.sampled_from([name for name in OPERATIONS for _ in range(WEIGHTS.get(name, 1))]),
    NUMBERS,
)
STEPS = st.builds(
    lambda first, paid, rest: [Step("order", first), Step("pay", paid), *rest],
    NUMBERS,
    NUMBERS,
    st.lists(STEP, min_size=16, max_size=36),
)
SETUPS = st.builds(
    Setup,
    vat_rate_bps=st.sampled_from([0, 2000]),
    rates_bps=st.lists(
        st.sampled_from([1000, None, 0, 333, 5000, 10_000]), min_size=1, max_size=3
    ).map(tuple),
    tolerance_minor=st.sampled_from([5, 0, 1, 40]),
    tolerance_bps=st.sampled_from([10_000, 100, 1000]),
    bearer=st.sampled_from(["seller", "marketplace"]),
    listings=st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 300), st.integers(9, 30)),
        min_size=1,
        max_size=4,
    ).map(tuple),
)
