"""Nothing is asked of an account by itself: releases, refunds and payouts move it in theirs."""

from commands.stream import Stream
from commands.streams.seller_account.state import SELLER_ACCOUNT

STREAM = Stream(fold=SELLER_ACCOUNT)
