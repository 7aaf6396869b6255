"""Run in the copy: the probe is decided on, folded, served and described."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
from commands.streams.note.messages import EraseNote, WriteNote
from commands.streams.note.refusals import NoteUnknown

from commands.command import Actor, Policy
from commands.process_managers import managers_of
from commands.scheduled_jobs import JOBS
from commands.stream import States
from commands.write_model import HANDLERS, WriteModelFold
from deploy.http.openapi import Description
from deploy.migrate import migrations
from deploy.settings import all_settings, from_environment
from deploy.wiring import make_outsides, make_pool
from eventstore.codec import Recorded, encode, name_of
from eventstore.events.base import Event
from eventstore.values import Envelope
from projections.history.fold import rows_by_model
from projections.read_models import NAMES, STORE_OF
from projections.stores.models import models
from read_api.app import read_app
from read_api.redaction import redacted
from write_api.app import write_app
from write_api.problems import STATUS

GOOD = {
    "MARKET_DATABASE_URL": "postgresql://u:p@h/d",
    "MARKET_NATS_URL": "nats://h",
    "MARKET_REDIS_URL": "redis://h",
    "MARKET_MEILISEARCH_URL": "http://h",
    "MARKET_MEILISEARCH_KEY": "k",
    "MARKET_CLICKHOUSE_URL": "http://h",
    "MARKET_S3_URL": "http://h",
    "MARKET_S3_ACCESS_KEY": "k",
    "MARKET_S3_SECRET_KEY": "k",
    "MARKET_EDGE_SECRET": "e",
    "MARKET_MASTER_KEY": "m",
    "MARKET_ACCOUNT_SECRET": "as",
    "MARKET_SMTP_URL": "smtp://h",
    "MARKET_SANDBOX_URL": "http://h",
    "MARKET_SANDBOX_SECRET_KEY": "k",
    "MARKET_SANDBOX_WEBHOOK_SECRET": "k",
    "MARKET_COINS_URL": "https://coins.test",
}
NOW = datetime(2026, 5, 4, tzinfo=UTC)
COMMON: dict[str, Any] = {"by": Actor("buyer", "bob"), "now": NOW, "occurred_at": NOW}
FOLD = WriteModelFold()


def main() -> None:
    decided_and_folded()
    served_and_described()


def decided_and_folded() -> None:
    events = decided()
    envelope = msgspec.convert(
        {**dict.fromkeys(("command_id", "correlation_id", "causation_id"), "c"), "actor": "a",
         "occurred_at": NOW, "recorded_at": NOW},
        Envelope,
    )  # fmt: skip
    recorded = [
        Recorded(
            position=n, stream=e.stream, version=n, name=name_of(e), envelope=envelope, event=e
        )
        for n, e in enumerate(events, 1)
    ]
    assert rows_by_model(recorded[:1])["notes"] == {
        "notes": [{"note_id": "n1", "text": "two bells"}]
    }
    assert rows_by_model(recorded)["notes"] == {"notes": [{"note_id": "n1", "text": ""}]}
    assert redacted(json.loads(encode(events[0], envelope))["data"])["text"] == "[redacted]"


def decided() -> list[Event]:
    states: dict[str, object] = {}
    events: list[Event] = []
    for command in (
        WriteNote(note_id="n1", text="two bells", **COMMON),
        EraseNote(note_id="n1", **COMMON),
    ):
        read = States(lambda stream, _: states.get(stream, FOLD.initial(stream)))
        made, answer = HANDLERS[type(command)](command, read, Policy())
        assert msgspec.to_builtins(answer) == {"note_id": "n1"}
        for event in made:
            before = states.get(event.stream, FOLD.initial(event.stream))
            states[event.stream] = FOLD.evolve(before, event)
            events.append(event)
    return events


def served_and_described() -> None:
    assert "notes" in NAMES
    assert STORE_OF["notes"] == "postgresql"
    by_store = models("http://h", "http://h", "k")
    assert "notes" in [model.name for model in by_store["postgresql"]]
    assert next(status for kind, status in STATUS.items() if issubclass(NoteUnknown, kind)) == 404
    work_in_the_background()
    services: Any = msgspec.defstruct("Services", [])()
    for side, made, paths in (
        ("write", write_app, {"/v1/notes", "/v1/notes/{note_id}/erase", "/v1/pincodes"}),
        ("read", read_app, {"/v1/notes/{note_id}"}),
    ):
        app = made(services, openapi=Description(side), exception_handlers={})
        assert paths <= set(app.openapi_schema.to_schema()["paths"])


def work_in_the_background() -> None:
    settings = from_environment(GOOD)
    assert settings.providers["coins"].url == "https://coins.test"
    assert "MARKET_COINS_URL" in {one.variable for one in all_settings()}
    outsides = make_outsides(settings, make_pool(settings.database_url))
    names = [one.name for one in outsides]
    assert names[:3] == ["payments.sandbox", "payments.coins", "mail.smtp"]
    assert "note-new-seller" in [process.name for process in managers_of(Policy())]
    job = next(job for job in JOBS if job.name == "count-coins")
    tools: Any = msgspec.defstruct("Tools", ["outsides"])(tuple(outsides))
    assert asyncio.run(job.run(tools, NOW)) == "3 coins"
    files = [name for name, _ in migrations()]
    assert "commands/records/pincodes/0001_pincodes.sql" in files


if __name__ == "__main__":
    main()
