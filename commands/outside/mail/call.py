"""The letters that the log says must be sent. No address and no code stands in them."""

from datetime import datetime
from typing import ClassVar

import msgspec

from eventstore.events.notice import Template

PORT = "mail"


class SendLetter(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="letter"
):
    """`key` is the notice's id; after `expires_at` there is no use in it."""

    port: ClassVar[str] = PORT
    kind: ClassVar[str] = "letter"

    provider: str
    key: str
    contact_id: str
    template: Template
    expires_at: datetime | None
    correlation_id: str = ""
