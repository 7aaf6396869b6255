"""The embedded search server as the official client sees it: indexes, documents, tasks, access."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from meilisearch import Client
from meilisearch.errors import MeilisearchApiError
from meilisearch.index import Index

from tests.integration.meilisearch_server import (
    KEY,
    LISTINGS,
    SETTINGS,
    done,
    failed,
    fetched,
    filled,
    found,
    serving,
)

BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of one server, shared because every test uses its own index."""
    with serving(tmp_path_factory.mktemp("search")) as url:
        yield Client(url, KEY)


@pytest.fixture
def listings(client: Client, request: pytest.FixtureRequest) -> Index:
    """An index of its own for each test, holding the sample listings."""
    return filled(client, request.node.name.replace("[", "_").replace("]", ""))


def test_index_lifecycle(client: Client) -> None:
    task = done(client, client.create_index("lifecycle", {"primaryKey": "sku"}))
    assert (task.type, task.index_uid) == ("indexCreation", "lifecycle")
    assert task.finished_at is not None
    assert client.get_index("lifecycle").primary_key == "sku"
    repeated = client.create_index("lifecycle", {"primaryKey": "sku"})
    assert failed(client, repeated) == "index_already_exists"
    done(client, client.delete_index("lifecycle"))
    with pytest.raises(MeilisearchApiError) as caught:
        client.get_index("lifecycle")
    assert (caught.value.status_code, caught.value.code) == (404, "index_not_found")
    assert failed(client, client.delete_index("lifecycle")) == "index_not_found"


def test_new_settings_hold_for_the_documents_that_are_there(
    client: Client, listings: Index
) -> None:
    changed = {"searchableAttributes": ["description"], "sortableAttributes": []}
    done(client, listings.update_settings(SETTINGS | changed))
    assert found(listings, "telefone") == []
    assert found(listings, "silicone") == ["2"]
    with pytest.raises(MeilisearchApiError, match="sort"):
        found(listings, sort=["title:asc"])
    assert failed(client, client.index("absent").update_settings(SETTINGS)) == "index_not_found"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"searchableAttributes": "title"}, "invalid_settings_searchable_attributes"),
        ({"searchableAttributes": list("abcdefghi")}, "invalid_settings_searchable_attributes"),
        ({"filterableAttributes": ["*"]}, "invalid_settings_filterable_attributes"),
        ({"sortableAttributes": None}, "invalid_settings_sortable_attributes"),
        ({"synonyms": {"phone": ["telefone"]}}, "bad_request"),
    ],
)
def test_other_settings_are_refused(client: Client, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(MeilisearchApiError) as caught:
        client.index("refused").update_settings(SETTINGS | changed)
    assert (caught.value.status_code, caught.value.code) == (400, code)


def test_a_document_takes_the_place_of_the_one_before(client: Client, listings: Index) -> None:
    new = {"id": "1", "title": "Rádio", "price_minor": 5}
    done(client, listings.add_documents([{"id": "9", "title": "Novo"}, {"id": "1"}, new]))
    assert fetched(listings, filter="price_minor <= 5") == [new]
    assert found(listings, "radio") == ["1"]
    assert found(listings, "azul") == []
    assert found(listings, filter=["price_minor >= 50000"]) == []
    assert [document["id"] for document in fetched(listings)] == ["1", "2", "3", "4", "9"]


def test_documents_are_fetched_by_a_filter_and_in_pages(listings: Index) -> None:
    assert fetched(listings, filter='category IN ["Home", "phones"]') == [LISTINGS[0], LISTINGS[2]]
    page = listings.get_documents({"limit": 2, "offset": 1})
    assert [dict(document) for document in page.results] == LISTINGS[1:3]
    assert (page.total, page.limit, page.offset) == (4, 2, 1)
    for wrong, code in (
        ({"filter": 'title = "x"'}, "invalid_document_filter"),
        ({"limit": -1}, "invalid_document_limit"),
        ({"fields": ["id"]}, "bad_request"),
    ):
        with pytest.raises(MeilisearchApiError) as caught:
            listings.get_documents(wrong)
        assert (caught.value.status_code, caught.value.code) == (400, code)


def test_tasks_are_done_in_order_each_for_itself(client: Client) -> None:
    done(client, client.create_index("tasks", {"primaryKey": "id"}))
    index = client.index("tasks")
    queued = [index.add_documents([{"id": str(n), "number": n}]) for n in range(40)]
    wrong = index.add_documents([{"id": "90"}, {"name": "no identifier"}])
    ill = index.add_documents([{"id": "not plain"}])
    last = index.add_documents([{"id": "0", "number": 99}])
    numbers = [task.task_uid for task in queued]
    assert numbers == list(range(numbers[0], numbers[0] + 40))
    done(client, last)
    assert failed(client, wrong) == "missing_document_id"
    assert failed(client, ill) == "invalid_document_id"
    assert [document["number"] for document in fetched(index, limit=50)] == [99, *range(1, 40)]
    assert failed(client, client.index("absent").add_documents([{"id": "1"}])) == "index_not_found"
    with pytest.raises(MeilisearchApiError) as caught:
        client.get_task(10_000_000)
    assert (caught.value.status_code, caught.value.code) == (404, "task_not_found")


def test_swap_indexes(client: Client) -> None:
    live, fresh = (filled(client, name) for name in ("live", "fresh"))
    done(client, fresh.add_documents([{"id": "5", "title": "Relógio"}]))
    done(client, client.swap_indexes([{"indexes": ["live", "fresh"]}]))
    assert (found(live, "relogio"), found(fresh, "relogio")) == (["5"], [])
    absent = client.swap_indexes([{"indexes": ["live", "absent"]}])
    assert failed(client, absent) == "index_not_found"
    done(client, client.delete_index("fresh"))
    assert found(live, "relogio") == ["5"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/indexes", b'{"uid":"not valid","primaryKey":"id"}', "invalid_index_uid"),
        ("/indexes", b'{"uid":"keyless"}', "bad_request"),
        ("/indexes/any/documents", b'[{"id": "1",', "malformed_payload"),
        ("/indexes/any/documents", b"id\n1", "malformed_payload"),
        ("/indexes/any/documents", b"\xff", "malformed_payload"),
        ("/indexes/any/documents", b"[" * 100_000, "bad_request"),
        ("/indexes/any/documents", b'[{"id": "1", "seller": {"name": "x"}}]', "bad_request"),
        ("/indexes/any/documents?primaryKey=id", b"[]", "bad_request"),
        ("/indexes/not%20valid/documents", b"[]", "invalid_index_uid"),
        ("/swap-indexes", b'[{"indexes":["one"]}]', "invalid_swap_indexes"),
        ("/swap-indexes", b"[]", "bad_request"),
    ],
)
def test_wrong_bodies_are_refused(client: Client, path: str, body: bytes, code: str) -> None:
    answer = httpx.post(client.config.url + path, content=body, headers=BEARER)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_what_the_product_does_not_call_is_not_there(client: Client) -> None:
    for method, path in (
        ("GET", "/indexes"),
        ("GET", "/tasks"),
        ("DELETE", "/indexes/a/documents"),
    ):
        answer = httpx.request(method, client.config.url + path, headers=BEARER)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_body_has_an_end(client: Client) -> None:
    path = f"{client.config.url}/indexes/any/documents"
    answer = httpx.post(path, content=b" " * (64 * 1024 * 1024 + 1), headers=BEARER, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


def test_only_who_has_the_key_is_answered(client: Client) -> None:
    url = client.config.url
    assert Client(url).is_healthy()
    with pytest.raises(MeilisearchApiError) as caught:
        Client(url, "another").get_index("any")
    assert (caught.value.status_code, caught.value.code) == (403, "invalid_api_key")
    answer = httpx.get(f"{url}/indexes/any")
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert answer.json()["code"] == "missing_authorization_header"


def test_restart_keeps_everything(tmp_path: Path) -> None:
    with serving(tmp_path) as url:
        index = filled(Client(url, KEY), "listings")
        # Left in the queue or half done: they must be applied all the same.
        pending = [index.add_documents([{"id": str(n), "title": "Azul"}]) for n in range(5, 25)]
    with serving(tmp_path) as url:
        client = Client(url, KEY)
        done(client, pending[-1])
        index = client.index("listings")
        assert client.get_index("listings").primary_key == "id"
        assert [document["id"] for document in fetched(index, limit=50)] == [
            str(n) for n in range(1, 25)
        ]
        assert found(index, "telefoen") == ["1", "2"]
        rising = {"filter": ["price_minor >= 3000"], "sort": ["price_minor:asc"]}
        assert found(index, **rising) == ["4", "3", "1"]
        done(client, index.add_documents([{"id": "1", "title": "Telefone verde"}]))
        assert found(index, "telefone verd") == ["1", "2"]
