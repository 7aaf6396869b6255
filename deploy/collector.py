"""How often Python's collector of cycles looks, in processes that serve for long."""

import gc

SERVING = (50_000, 20, 100)
WORKING = (10_000, 10, 10)


def settle(after: tuple[int, int, int] = SERVING) -> None:
    """To be called when start-up is over.

    `WORKING` is for processes whose clients leave cycles behind and whose heap is small.

    What start-up made lives as long as the process: the collector need not look at it again. What
    comes later leaves hardly any cycles behind; looking for them at the default rate stops the
    loop for tens of milliseconds at a time (decision 0011).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*after)
