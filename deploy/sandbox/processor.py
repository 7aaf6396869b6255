"""The provider itself: it makes charges, refunds and payouts, once per idempotency key."""

import hashlib
import secrets
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from deploy.sandbox.bodies import ChargeBody, PayoutBody, RefundBody, parse
from deploy.sandbox.errors import RefusedError, error_body, invalid, not_found
from deploy.sandbox.scenarios import DESTINATIONS, KINDS, SOURCES, Kind, Scenario, of_refund
from deploy.sandbox.settings import CLOCK, Clock, Settings
from deploy.sandbox.store import Document, Event, Store

Body = ChargeBody | RefundBody | PayoutBody

_BODIES: dict[str, type[Body]] = {
    "charge": ChargeBody,
    "refund": RefundBody,
    "payout": PayoutBody,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; one that is `held` is to be given only after the holding time."""

    status: int
    body: bytes
    replayed: bool = False
    held: bool = False


class Processor:
    """The making, looking up and settling of objects; every method is one transaction."""

    def __init__(self, store: Store, settings: Settings, clock: Clock = CLOCK) -> None:
        """Work on `store`, telling the time by `clock`."""
        self._store = store
        self._settings = settings
        self._clock = clock

    def create(self, kind: Kind, key: str, raw: bytes) -> Answer:
        """Make the object `raw` asks for, or give the first answer to `key` again."""
        self.settle(self._clock())
        body = parse(raw, _BODIES[kind.name])
        named = _named_scenario(body)
        fingerprint = hashlib.sha256(msgspec.json.encode(body)).hexdigest()
        with self._store.transaction():
            entry = self._store.key_entry(kind.name, key)
            if entry is not None and entry.fingerprint != fingerprint:
                message = "this key was used with another body"
                raise RefusedError(HTTPStatus.CONFLICT, "idempotency_conflict", message)
            if entry is not None and entry.status is not None and entry.answer is not None:
                return Answer(entry.status, entry.answer, replayed=True)
            # Only now: a refund that was made must not stand in the way of its own replay.
            scenario = self._refund_scenario(body) if isinstance(body, RefundBody) else named
            tries = self._store.count_try(kind.name, key, fingerprint)
            if tries <= scenario.unavailable:
                return _failure(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", held=False)
            if tries <= scenario.lost:
                return _failure(HTTPStatus.GATEWAY_TIMEOUT, "timeout", held=True)
            document = self._make(kind, body, scenario)
            answer = _first_answer(kind, document, held=scenario.held)
            self._store.keep_answer(kind.name, key, document["id"], (answer.status, answer.body))
            return answer

    def find(self, kind: Kind, object_id: str) -> Document:
        """Return the current state of an object, or refuse."""
        self.settle(self._clock())
        document = self._store.get_object(kind.name, object_id)
        if document is None:
            raise not_found(kind.name)
        return document

    def find_by_key(self, kind: Kind, key: str) -> Document:
        """Return the current state of the object that was made under `key`, or refuse."""
        entry = self._store.key_entry(kind.name, key)
        if entry is None or entry.object_id is None:
            raise not_found(kind.name)
        return self.find(kind, entry.object_id)

    def settle(self, before: float) -> None:
        """Let every change happen that is due by `before`, sent or not."""
        due = self._store.unsettled(before)
        if not due:
            return
        with self._store.transaction():
            for event in due:
                self._settle_one(event)

    def _settle_one(self, event: Event) -> None:
        kind_name = event.type.partition(".")[0]
        document = self._store.get_object(kind_name, event.object_id)
        if document is None:  # Objects are never deleted.
            raise LookupError(event.object_id)
        document["status"] = event.new_status
        document["failure_code"] = event.failure_code
        self._store.put_object(document)
        self._count_refund(document)
        payload = _payload(event.id, event.type, int(self._clock()), document)
        self._store.update_event(event._replace(payload=payload))

    def _refund_scenario(self, body: RefundBody) -> Scenario:
        kind = KINDS["charges"]
        charge = self._store.get_object(kind.name, body.charge)
        if charge is None:
            raise not_found(kind.name)
        unprocessable = HTTPStatus.UNPROCESSABLE_ENTITY
        if charge["status"] != kind.success:
            message = f"the charge is {charge['status']}"
            raise RefusedError(unprocessable, "charge_not_refundable", message)
        taken = sum(
            refund["amount_minor"]
            for refund in self._store.refunds_of(body.charge)
            if refund["status"] != "failed"
        )
        left = charge["amount_minor"] - taken
        if body.amount_minor > left:
            message = f"at most {left} can be refunded"
            raise RefusedError(unprocessable, "amount_too_large", message)
        return of_refund(charge["source"])

    def _make(self, kind: Kind, body: Body, scenario: Scenario) -> Document:
        document: Document = {
            "id": kind.prefix + secrets.token_hex(12),
            "object": kind.name,
            "status": kind.word(scenario.first),
            **msgspec.structs.asdict(body),
            "failure_code": scenario.failure_code if scenario.first == "failed" else None,
        }
        if kind.name == "charge":
            document["refunded_minor"] = 0
        if kind.name != "refund":
            document["created"] = int(self._clock())
        self._store.put_object(document)
        self._count_refund(document)
        self._schedule(kind, document, scenario)
        return document

    def _count_refund(self, document: Document) -> None:
        """Show a refund that has just succeeded on its charge."""
        if document["object"] != "refund" or document["status"] != KINDS["refunds"].success:
            return
        charge = self._store.get_object("charge", document["charge"])
        if charge is None:  # Objects are never deleted.
            raise LookupError(document["charge"])
        charge["refunded_minor"] += document["amount_minor"]
        self._store.put_object(charge)

    def _schedule(self, kind: Kind, document: Document, scenario: Scenario) -> None:
        now = self._clock()
        previous: str | None = None
        for number, step in enumerate(scenario.steps, start=1):
            event_id = "evt_" + secrets.token_hex(12)
            event_type = f"{kind.name}.{kind.word(step.result)}"
            # What is true already is told as it is now, even if something else is told first.
            changes = step.result != scenario.first
            event = Event(
                seq=0,
                id=event_id,
                type=event_type,
                object_id=document["id"],
                after_id=previous,
                new_status=kind.word(step.result) if changes else None,
                failure_code=scenario.failure_code if step.result == "failed" else None,
                payload=None if changes else _payload(event_id, event_type, int(now), document),
                next_at=now + number * self._settings.webhook_delay_ms / 1000,
                wanted=step.copies,
                accepted=0,
                failures=0,
                state="pending",
            )
            self._store.add_event(event)
            previous = event_id


def _named_scenario(body: Body) -> Scenario:
    """Return the scenario the body's own token names; a refund has none and succeeds."""
    if isinstance(body, ChargeBody):
        param, token, known = "source", body.source, SOURCES
    elif isinstance(body, PayoutBody):
        param, token, known = "destination", body.destination, DESTINATIONS
    else:
        return SOURCES["tok_ok"]
    if token not in known:
        raise invalid(param, "unknown token")
    return known[token]


def _failure(status: HTTPStatus, kind: str, *, held: bool) -> Answer:
    body = error_body(kind, "the outcome of this request is not known; try again")
    return Answer(status, msgspec.json.encode(body), held=held)


def _first_answer(kind: Kind, document: Document, *, held: bool) -> Answer:
    if document["status"] != "failed":
        return Answer(HTTPStatus.CREATED, msgspec.json.encode(document), held=held)
    declined = "card_declined" if kind.name == "charge" else f"{kind.name}_declined"
    body = error_body(declined, f"the {kind.name} was declined", code=document["failure_code"])
    body["object"] = document
    return Answer(HTTPStatus.PAYMENT_REQUIRED, msgspec.json.encode(body), held=held)


def _payload(event_id: str, event_type: str, created: int, document: Document) -> bytes:
    return msgspec.json.encode(
        {"id": event_id, "type": event_type, "created": created, "data": {"object": document}}
    )
