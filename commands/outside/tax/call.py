"""What the log says must be asked of a register. No number of anybody's stands in it."""

from typing import ClassVar

import msgspec

PORT = "tax"


class CheckSeller(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="seller"
):
    """`key` is the check's id; the numbers are in the row of `details_id`."""

    port: ClassVar[str] = PORT
    kind: ClassVar[str] = "seller"

    provider: str
    key: str
    seller_id: str
    details_id: str
    correlation_id: str = ""
