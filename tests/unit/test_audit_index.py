"""The index of staff's events is of those whom the query asks for: a new role is in both."""

from projections.models.audit.projector import PROJECTOR
from projections.models.audit.queries import OF_STAFF


def test_the_index_is_of_what_is_asked_for() -> None:
    assert f"WHERE {OF_STAFF};" in " ".join(PROJECTOR.schema.split())
