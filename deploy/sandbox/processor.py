"""The provider itself: it makes charges, refunds and payouts, once per idempotency key."""

import hashlib
import secrets
from http import HTTPStatus

import msgspec
from msgspec.structs import replace

from deploy.sandbox.bodies import ChargeBody, PayoutBody, RefundBody, parse
from deploy.sandbox.errors import ErrorBody, Problem, invalid, not_found, refused
from deploy.sandbox.objects import Charge, Made, Payout, Refund, Webhook, WebhookData
from deploy.sandbox.scenarios import DESTINATIONS, KINDS, SOURCES, Kind, Scenario, of_refund
from deploy.sandbox.settings import CLOCK, Clock, Settings
from deploy.sandbox.store import Event, Store

Body = ChargeBody | RefundBody | PayoutBody

_BODIES: dict[str, type[Body]] = {
    "charge": ChargeBody,
    "refund": RefundBody,
    "payout": PayoutBody,
}


class Answer(msgspec.Struct, frozen=True):
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
                raise refused(HTTPStatus.CONFLICT, "idempotency_conflict", message)
            if entry is not None and entry.status is not None and entry.answer is not None:
                return Answer(entry.status, entry.answer, replayed=True)
            # Only now: a refund that was made must not stand in the way of its own replay.
            scenario = self._refund_scenario(body) if isinstance(body, RefundBody) else named
            tries = self._store.count_try(kind.name, key, fingerprint)
            if tries <= scenario.unavailable:
                return _failure(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", held=False)
            if tries <= scenario.lost:
                return _failure(HTTPStatus.GATEWAY_TIMEOUT, "timeout", held=True)
            made = self._make(kind, body, scenario)
            answer = _first_answer(made, held=scenario.held)
            self._store.keep_answer(kind.name, key, made.id, (answer.status, answer.body))
            return answer

    def find(self, kind: Kind, object_id: str) -> Made:
        """Return the current state of an object, or refuse."""
        self.settle(self._clock())
        made = self._store.get_object(kind.name, object_id)
        if made is None:
            raise not_found(kind.name)
        return made

    def find_by_key(self, kind: Kind, key: str) -> Made:
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
        before = self._store.get_object(kind_name, event.object_id)
        if before is None:  # Objects are never deleted.
            raise LookupError(event.object_id)
        assert event.new_status is not None, "what tells of no change has its payload at once"
        made = replace(before, status=event.new_status, failure_code=event.failure_code)
        self._store.put_object(made)
        self._count_refund(made)
        payload = _payload(event.id, event.type, int(self._clock()), made)
        self._store.update_event(replace(event, payload=payload))

    def _refund_scenario(self, body: RefundBody) -> Scenario:
        kind = KINDS["charges"]
        charge = self._store.charge(body.charge)
        if charge is None:
            raise not_found(kind.name)
        unprocessable = HTTPStatus.UNPROCESSABLE_ENTITY
        if charge.status != kind.success:
            message = f"the charge is {charge.status}"
            raise refused(unprocessable, "charge_not_refundable", message)
        taken = sum(
            refund.amount_minor
            for refund in self._store.refunds_of(body.charge)
            if refund.status != "failed"
        )
        left = charge.amount_minor - taken
        if body.amount_minor > left:
            message = f"at most {left} can be refunded"
            raise refused(unprocessable, "amount_too_large", message)
        return of_refund(charge.source)

    def _make(self, kind: Kind, body: Body, scenario: Scenario) -> Made:
        made = _made(
            body,
            kind.prefix + secrets.token_hex(12),
            kind.word(scenario.first),
            scenario.failure_code if scenario.first == "failed" else None,
            int(self._clock()),
        )
        self._store.put_object(made)
        self._count_refund(made)
        self._schedule(kind, made, scenario)
        return made

    def _count_refund(self, made: Made) -> None:
        """Show a refund that has just succeeded on its charge."""
        if not isinstance(made, Refund) or made.status != KINDS["refunds"].success:
            return
        charge = self._store.charge(made.charge)
        if charge is None:  # Objects are never deleted.
            raise LookupError(made.charge)
        refunded = charge.refunded_minor + made.amount_minor
        self._store.put_object(replace(charge, refunded_minor=refunded))

    def _schedule(self, kind: Kind, made: Made, scenario: Scenario) -> None:
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
                object_id=made.id,
                after_id=previous,
                new_status=kind.word(step.result) if changes else None,
                failure_code=scenario.failure_code if step.result == "failed" else None,
                payload=None if changes else _payload(event_id, event_type, int(now), made),
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


def _made(body: Body, made_id: str, status: str, failure_code: str | None, created: int) -> Made:
    match body:
        case ChargeBody():
            return Charge(
                id=made_id,
                status=status,
                amount_minor=body.amount_minor,
                currency=body.currency,
                source=body.source,
                reference=body.reference,
                failure_code=failure_code,
                created=created,
            )
        case PayoutBody():
            return Payout(
                id=made_id,
                status=status,
                amount_minor=body.amount_minor,
                currency=body.currency,
                destination=body.destination,
                reference=body.reference,
                failure_code=failure_code,
                created=created,
            )
        case RefundBody():
            return Refund(
                id=made_id,
                status=status,
                charge=body.charge,
                amount_minor=body.amount_minor,
                reference=body.reference,
                failure_code=failure_code,
            )


def _failure(status: HTTPStatus, kind: str, *, held: bool) -> Answer:
    message = "the outcome of this request is not known; try again"
    body = ErrorBody(Problem(type=kind, message=message))
    return Answer(status, msgspec.json.encode(body), held=held)


def _first_answer(made: Made, *, held: bool) -> Answer:
    if made.status != "failed":
        return Answer(HTTPStatus.CREATED, msgspec.json.encode(made), held=held)
    declined = "card_declined" if isinstance(made, Charge) else f"{made.object}_declined"
    message = f"the {made.object} was declined"
    body = ErrorBody(Problem(type=declined, code=made.failure_code, message=message), made)
    return Answer(HTTPStatus.PAYMENT_REQUIRED, msgspec.json.encode(body), held=held)


def _payload(event_id: str, event_type: str, created: int, made: Made) -> bytes:
    return msgspec.json.encode(Webhook(event_id, event_type, created, WebhookData(made)))
