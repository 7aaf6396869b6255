"""Nothing is asked of escrow by itself: payments, orders and refunds move it in their commits."""

from commands.stream import Stream
from commands.streams.escrow.state import ESCROW

STREAM = Stream(fold=ESCROW)
