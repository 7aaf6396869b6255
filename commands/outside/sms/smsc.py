"""smsc.ru: a message has an id of ours, by which it can be asked for; so none is sent twice."""

import zlib
from functools import cached_property
from typing import Annotated, Any

import httpx
import msgspec
from msgspec import Meta

from commands.outside.port import (
    AnswerUnclear,
    Declined,
    Host,
    Provider,
    Result,
    Succeeded,
    Unreachable,
)
from commands.outside.sms.call import SendText
from commands.outside.sms.port import SMS
from commands.outside.sms.sending import Message, asked, message_of, number_of

NAME = "smsc"
# Theirs are from 1 to 2147483647.
IDS = 2**31 - 1
UNKNOWN_ID = -3
FAILED = frozenset({3, 20, 22, 23, 24, 25})
# By `error_code`: nobody can be reached there, or not with this text.
THEIRS = frozenset({6, 7, 8})
LATER = frozenset({9})


class SMSCSettings(msgspec.Struct, frozen=True, kw_only=True):
    login: Annotated[str, Meta(description="our login at smsc.ru")] = ""
    password: Annotated[str, Meta(description="our password at smsc.ru")] = ""
    url: Annotated[str, Meta(description="where smsc.ru is")] = "https://smsc.ru"
    sender: Annotated[str, Meta(description="the sender's name, as smsc.ru knows it")] = ""


class SMSC:
    def __init__(self, settings: SMSCSettings, host: Host) -> None:
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
        answer = await asked(self._client, "POST", self._at("send"), self._form(call, message))
        if "error_code" in answer or "error" in answer:
            return _refused(answer)
        if answer.get("id") != _id_of(call):
            raise AnswerUnclear("smsc.ru's answer is about another message")
        return Succeeded(str(answer["id"]))

    async def close(self) -> None:
        await self._client.aclose()

    async def find(self, call: SendText) -> Result | None:
        number = await number_of(call, self._host)
        if not number:
            return None
        form = {**self._who(), "phone": number, "id": str(_id_of(call)), "fmt": "3"}
        answer = await asked(self._client, "GET", self._at("status"), form)
        if "error_code" in answer:
            raise _not_told(answer)
        status = answer.get("status")
        if not isinstance(status, int):
            raise AnswerUnclear("smsc.ru's answer has no status")
        if status == UNKNOWN_ID:
            return None
        if status in FAILED:
            return Declined(str(_id_of(call)), f"smsc-status-{status}")
        return Succeeded(str(_id_of(call)))

    def _at(self, what: str) -> str:
        return f"{self._settings.url}/sys/{what}.php"

    def _who(self) -> dict[str, str]:
        return {"login": self._settings.login, "psw": self._settings.password}

    def _form(self, call: SendText, message: Message) -> dict[str, str]:
        sender = {"sender": self._settings.sender} if self._settings.sender else {}
        return {
            **self._who(),
            "phones": message.to,
            "mes": message.text,
            "id": str(_id_of(call)),
            "fmt": "3",
            "charset": "utf-8",
            **sender,
        }


def _id_of(call: SendText) -> int:
    return zlib.crc32(call.key.encode()) % IDS + 1


def _code(answer: dict[str, Any]) -> int:
    code = answer.get("error_code")
    if not isinstance(code, int):
        raise AnswerUnclear("smsc.ru's answer has no error_code")
    return code


def _refused(answer: dict[str, Any]) -> Declined:
    """Their words may repeat the number: the code alone is kept."""
    code = _code(answer)
    if code in THEIRS:
        return Declined("", f"smsc-{code}")
    if code in LATER:
        raise Unreachable("smsc.ru wants us to come later")
    raise AnswerUnclear(f"smsc.ru does not take our messages ({code})")


def _not_told(answer: dict[str, Any]) -> Exception:
    if _code(answer) in LATER:
        return Unreachable("smsc.ru wants us to come later")
    return AnswerUnclear(f"smsc.ru does not take our questions ({_code(answer)})")


SMSC_RU = Provider(port=SMS, name=NAME, settings=SMSCSettings, make=SMSC)
