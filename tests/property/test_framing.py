"""No framing of anybody's requests gives a user an answer that is not theirs."""

import pytest
import uvloop

from tests.property.framing import run

REQUESTS = 2_000


@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_gets_anybody_elses_answer(seed: int) -> None:
    seen = uvloop.run(run(REQUESTS, seed))
    assert not seen.faults
    assert seen.requests >= REQUESTS
    # The law would hold if nobody were answered: half of all answers say whose they are.
    assert seen.own > REQUESTS / 3
    assert {200, 204, 304, 400, 401, 500, 503} <= set(seen.statuses)
    assert len(seen.kinds) >= 7
