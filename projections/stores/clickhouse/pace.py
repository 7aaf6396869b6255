"""How often sums are computed: never more than a share of the time."""

from datetime import date

# A day of millions of lines is not summed for each batch.
REST_FACTOR = 9.0


class Pace:
    """Which days have to be summed, and from when on that may be done again."""

    def __init__(self) -> None:
        self.days: set[date] = set()
        self.free_at = 0.0

    def took(self, began: float, ended: float) -> None:
        """The days are summed; a rest in proportion to what it took."""
        self.days.clear()
        self.free_at = ended + (ended - began) * REST_FACTOR
