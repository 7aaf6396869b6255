"""The text messages that the log says must be sent. No number and no code stands in them."""

from datetime import datetime
from typing import ClassVar

import msgspec

from eventstore.events.notice import Template

PORT = "sms"


class SendText(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="text"):
    """`key` is the notice's id; after `expires_at` there is no use in it."""

    port: ClassVar[str] = PORT
    kind: ClassVar[str] = "text"

    provider: str
    key: str
    contact_id: str
    template: Template
    expires_at: datetime | None
    correlation_id: str = ""
