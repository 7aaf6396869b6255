"""What every refusal keeps to: a problem of a type, and nothing written."""

from typing import Any

from tests.conftest import Api, Shop

PROBLEM = "urn:market:problem:"


def nothing_written(api: Api, key: str) -> None:
    """No event and no first answer bears the key."""
    (answers,) = api.sql("SELECT count(*) FROM command_log WHERE command_id LIKE %s", f"%/{key}")
    (events,) = api.sql(
        "SELECT count(*) FROM stored_events"
        " WHERE convert_from(state, 'UTF8')::json ->> 'command_id' LIKE %s",
        f"%/{key}",
    )
    assert (answers[0], events[0]) == (0, 0)


def refused(response: Any, status: int, code: str, field: str | None = None) -> None:
    assert response.status_code == status, response.text
    problem = response.json()
    assert response.headers["content-type"].startswith("application/problem+json")
    assert problem["type"] == PROBLEM + code, problem
    assert problem["status"] == status
    assert problem["detail"]
    if field is not None:
        assert [error["field"] for error in problem["errors"]] == [field], problem


def order(shop: Shop, **changes: Any) -> dict[str, Any]:
    return shop.order_body() | changes
