"""What staff has tried in vain."""

from eventstore.events.base import Event


def attempt_stream(attempt_id: str) -> str:
    return f"attempt-{attempt_id}"


class AttemptRefused(Event, frozen=True, kw_only=True, tag="attempt.refused.v1"):
    """Who tried, and from which session, stands in the envelope. `route` is a method and the
    path's form, `path` the path as it was asked for, `code` the problem that was answered.
    """

    attempt_id: str
    route: str
    path: str
    status: int
    code: str

    @property
    def stream(self) -> str:
        return attempt_stream(self.attempt_id)
