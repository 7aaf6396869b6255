"""sms.ru: nobody can ask for a message that they do not know the number of. One whose fate is not
known is not sent again: who waits for it asks for another.
"""

from functools import cached_property
from typing import Annotated, Any

import httpx
import msgspec
from msgspec import Meta

from commands.outside.port import (
    AnswerUnclear,
    Declined,
    Host,
    OutcomeUnknown,
    Provider,
    Result,
    Succeeded,
    Unreachable,
)
from commands.outside.sms.call import SendText
from commands.outside.sms.port import SMS
from commands.outside.sms.sending import Message, asked, message_of
from commands.records.texts import queries as texts

NAME = "smsru"
TAKEN = frozenset({100, 101, 102, 103})
# By `status_code`, of a recipient: there is nobody, or we may not write there.
THEIRS = frozenset({104, 105, 106, 107, 108, 110, 150, 202, 207, 209})
LATER = frozenset({220, 230, 231, 232, 233})


class SMSRuSettings(msgspec.Struct, frozen=True, kw_only=True):
    api_id: Annotated[str, Meta(description="our key at sms.ru")] = ""
    url: Annotated[str, Meta(description="where sms.ru is")] = "https://sms.ru"
    sender: Annotated[str, Meta(description="the sender's name, as sms.ru knows it")] = ""


class SMSRu:
    def __init__(self, settings: SMSRuSettings, host: Host) -> None:
        self._settings = settings
        self._host = host

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        """Made by who sends: most processes only know that there are carriers."""
        return httpx.AsyncClient(timeout=self._host.timeout_s)

    async def execute(self, call: SendText) -> Result:
        message = await message_of(call, self._host)
        if isinstance(message, Declined):
            return message
        async with self._host.records.connection() as connection:
            if not await texts.first_try(connection, call.key, self._host.clock()):
                return Declined("", "outcome-unknown")
        try:
            return await self._sent(message)
        except (Unreachable, AnswerUnclear):
            # Nothing left, or nothing was taken: it may be tried again. Nothing else shows that.
            async with self._host.records.connection() as connection:
                await texts.not_tried(connection, call.key)
            raise

    async def close(self) -> None:
        await self._client.aclose()

    async def find(self, call: SendText) -> Result | None:  # noqa: ARG002 - the port's shape
        return None

    async def _sent(self, message: Message) -> Result:
        sender = {"from": self._settings.sender} if self._settings.sender else {}
        form = {
            "api_id": self._settings.api_id,
            "to": message.to,
            "msg": message.text,
            "json": "1",
            **sender,
        }
        answer = await asked(self._client, "POST", f"{self._settings.url}/sms/send", form)
        code = _code(answer)
        if code in LATER:
            raise Unreachable("sms.ru wants us to come later")
        if code not in TAKEN:
            raise AnswerUnclear(f"sms.ru does not take our messages ({code})")
        return _of_recipient(answer, message.to)


def _of_recipient(answer: dict[str, Any], number: str) -> Result:
    """An answer that all is well says nothing of the one whom it was for."""
    try:
        found = msgspec.convert(answer.get("sms"), dict[str, dict[str, Any]])[number]
    except (msgspec.ValidationError, KeyError) as error:
        raise OutcomeUnknown("sms.ru's answer says nothing of the number") from error
    code = _code(found)
    if code in THEIRS:
        return Declined("", f"smsru-{code}")
    if code in LATER:
        raise Unreachable("sms.ru wants us to come later")
    if code not in TAKEN or not found.get("sms_id"):
        raise OutcomeUnknown(f"sms.ru's answer is {code}")
    return Succeeded(str(found["sms_id"]))


def _code(answer: dict[str, Any]) -> int:
    code = answer.get("status_code")
    if not isinstance(code, int):
        raise OutcomeUnknown("sms.ru's answer has no status_code")
    return code


SMS_RU = Provider(port=SMS, name=NAME, settings=SMSRuSettings, make=SMSRu)
