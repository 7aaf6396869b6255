"""Keeping the memory of the process small where the C library has the means."""

import ctypes
import gc

_M_ARENA_MAX = -8
_ARENAS = 2


def limit_arenas() -> None:
    """Let threads share a few heaps; to be called before the first thread starts.

    Each batch has writer threads of its own, and glibc would otherwise keep a heap for each.
    """
    option = getattr(ctypes.CDLL(None), "mallopt", None)
    if option is not None:
        option(_M_ARENA_MAX, _ARENAS)


def release_memory() -> None:
    """Collect garbage and let the C library return free pages, where it can."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
