"""Splits and shares of amounts: exact, and within a unit of what they should be."""

from hypothesis import given
from hypothesis import strategies as st

from eventstore.values import share_half_up, split_by_largest_remainder
from tests.property.market_histories import LAW_SETTINGS


@LAW_SETTINGS
@given(
    amount=st.integers(0, 10**12),
    weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=8),
)
def test_a_split_is_exact_and_within_one_unit(amount: int, weights: list[int]) -> None:
    total = sum(weights)
    if not total:
        assert split_by_largest_remainder(0, weights) == [0] * len(weights)
        return
    shares = split_by_largest_remainder(amount, weights)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * total - amount * weight) < total


@LAW_SETTINGS
@given(data=st.data(), whole=st.integers(1, 10**12), amount=st.integers(0, 10**12))
def test_a_share_is_within_half_a_unit_and_never_more_than_all(
    data: st.DataObject, whole: int, amount: int
) -> None:
    part = data.draw(st.integers(0, whole))
    share = share_half_up(amount, part, whole)
    assert 0 <= share <= amount
    assert 2 * abs(share * whole - amount * part) <= whole
    assert share_half_up(-amount, part, whole) == -share
    assert share_half_up(amount, whole, whole) == amount
    assert share_half_up(amount, part, 0) == 0
