"""The embedded search server behaves as the official Meilisearch client expects."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from meilisearch import Client
from meilisearch.errors import MeilisearchApiError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from meilisearch.index import Index
    from meilisearch.models.task import Task, TaskInfo

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 30.0
_SETTINGS = {
    "searchableAttributes": ["title", "description", "seller"],
    "filterableAttributes": ["category", "price_minor", "tags", "seller", "sold_out"],
    "sortableAttributes": ["price_minor", "title"],
}
_LISTINGS: list[dict[str, Any]] = [
    {
        "id": 1,
        "title": "Telefone azul",
        "description": "Aparelho novo com carregador",
        "category": "Phones",
        "price_minor": 50_000,
        "tags": ["new", "blue"],
        "seller": {"name": "Loja Um", "city": "São Paulo"},
        "sold_out": False,
    },
    {
        "id": 2,
        "title": "Capa para telefone",
        "description": "Capa de silicone",
        "category": "Accessories",
        "price_minor": 2_500,
        "tags": ["new"],
        "seller": {"name": "Loja Dois", "city": "Curitiba"},
        "sold_out": False,
    },
    {
        "id": 3,
        "title": "Настольная лампа",
        "description": "Зелёная, почти новая",
        "category": "Home",
        "price_minor": 7_000,
        "tags": [],
        "seller": {"name": "Лавка", "city": "Москва"},
        "sold_out": True,
    },
    {
        "id": 4,
        "title": "Café torrado",
        "description": "Grãos especiais",
        "category": "Food",
        "price_minor": 3_900,
        "tags": ["organic"],
        "seller": {"name": "Fazenda", "city": None},
    },
]


@contextmanager
def _server(folder: Path, **environment: str) -> Generator[str]:
    """A running server's address; the process has ended, and cleanly, after the block."""
    with create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    module = "deploy.embedded.meilisearch"
    command = [sys.executable, "-m", module, "--data", str(folder), "--port", str(port)]
    with subprocess.Popen(command, cwd=_ROOT, env=os.environ | environment) as process:
        try:
            _await_health(url, process)
            yield url
        finally:
            process.terminate()
            try:
                code = process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    assert code == 0


def _await_health(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended before it answered"
        try:
            if httpx.get(f"{url}/health", timeout=1).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    pytest.fail("the server did not answer in time")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a server without a key, shared because every test uses its own index."""
    with _server(tmp_path_factory.mktemp("search")) as url:
        yield Client(url)


@pytest.fixture
def listings(client: Client, request: pytest.FixtureRequest) -> Index:
    """An index of its own for each test, holding the sample listings."""
    return _filled(client, request.node.name.replace("[", "_").replace("]", ""))


def _filled(client: Client, uid: str) -> Index:
    _done(client, client.create_index(uid, {"primaryKey": "id"}))
    index = client.index(uid)
    _done(client, index.update_settings(_SETTINGS))
    _done(client, index.add_documents(_LISTINGS))
    return index


def _done(client: Client, task: TaskInfo, status: str = "succeeded") -> Task:
    finished = client.wait_for_task(task.task_uid, timeout_in_ms=20_000, interval_in_ms=5)
    assert finished.status == status, finished.error
    return finished


def _ids(answer: dict[str, Any]) -> list[int]:
    return [hit["id"] for hit in answer["hits"]]


def _search(index: Index, text: str = "", **options: object) -> list[int]:
    return _ids(index.search(text, options))


def test_server_routes(client: Client, listings: Index) -> None:
    assert client.health() == {"status": "available"}
    assert client.version()["pkgVersion"].count(".") == 2
    stats = client.get_all_stats()["indexes"][listings.uid]
    assert stats["numberOfDocuments"] == len(_LISTINGS)
    assert not stats["isIndexing"]
    counts = dict(listings.get_stats().field_distribution)
    assert (counts["title"], counts["sold_out"]) == (4, 3)


def test_index_lifecycle(client: Client) -> None:
    task = _done(client, client.create_index("lifecycle", {"primaryKey": "sku"}))
    assert (task.type, task.index_uid) == ("indexCreation", "lifecycle")
    assert client.get_index("lifecycle").primary_key == "sku"
    assert "lifecycle" in {index.uid for index in client.get_indexes({"limit": 100})["results"]}
    repeated = _done(client, client.create_index("lifecycle"), "failed")
    assert repeated.error is not None
    assert repeated.error["code"] == "index_already_exists"
    _done(client, client.index("lifecycle").delete())
    with pytest.raises(MeilisearchApiError) as caught:
        client.get_index("lifecycle")
    assert (caught.value.status_code, caught.value.code) == (404, "index_not_found")
    _done(client, client.delete_index("lifecycle"), "failed")


def test_settings(client: Client, listings: Index) -> None:
    settings = listings.get_settings()
    assert {name: settings[name] for name in _SETTINGS} == _SETTINGS
    assert settings["displayedAttributes"] == ["*"]
    assert "words" in settings["rankingRules"]
    assert settings["typoTolerance"]["minWordSizeForTypos"] == {"oneTypo": 5, "twoTypos": 9}
    _done(client, listings.update_searchable_attributes(["description"]))
    assert listings.get_searchable_attributes() == ["description"]
    assert _search(listings, "telefone") == []
    _done(client, listings.reset_searchable_attributes())
    assert _search(listings, "telefone") == [1, 2]
    _done(client, listings.update_typo_tolerance({"enabled": False}))
    assert not listings.get_typo_tolerance().enabled
    assert _search(listings, "telefoen") == []
    _done(client, listings.update_displayed_attributes(["id"]))
    assert listings.search("telefone")["hits"] == [{"id": 1}, {"id": 2}]
    _done(client, listings.reset_settings())
    assert listings.get_filterable_attributes() == []
    assert listings.get_sortable_attributes() == []


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"searchableAttributes": "title"}, "invalid_settings_searchable_attributes"),
        ({"rankingRules": ["loudness"]}, "invalid_settings_ranking_rules"),
        ({"typoTolerance": {"enabled": "yes"}}, "invalid_settings_typo_tolerance"),
        ({"synonyms": {"phone": ["telefone"]}}, "invalid_settings_synonyms"),
        ({"unheardOf": 1}, "bad_request"),
    ],
)
def test_invalid_settings(client: Client, settings: dict[str, Any], code: str) -> None:
    with pytest.raises(MeilisearchApiError) as caught:
        client.index("refused").update_settings(settings)
    assert (caught.value.status_code, caught.value.code) == (400, code)


def test_documents(client: Client, listings: Index) -> None:
    assert dict(listings.get_document(1))["title"] == "Telefone azul"
    partial = {"id": 1, "price_minor": 45_000}
    _done(client, listings.update_documents([partial, {"id": 9, "title": "Novo"}]))
    updated = dict(listings.get_document("1", {"fields": ["title", "price_minor"]}))
    assert updated == {"title": "Telefone azul", "price_minor": 45_000}
    assert _search(listings, filter="price_minor = 45000") == [1]
    assert _search(listings, filter="price_minor = 50000") == []
    _done(client, listings.add_documents([{"id": 1, "title": "Rádio"}]))
    assert dict(listings.get_document(1)) == {"id": 1, "title": "Rádio"}
    assert _search(listings, "radio") == [1]
    assert _search(listings, "azul") == []
    page = listings.get_documents({"limit": 2, "offset": 1, "fields": ["id"]})
    assert [dict(found) for found in page.results] == [{"id": 2}, {"id": 3}]
    assert (page.total, page.limit, page.offset) == (5, 2, 1)
    only_home = listings.get_documents({"filter": "category = Home"})
    assert [dict(found)["id"] for found in only_home.results] == [3]
    with pytest.raises(MeilisearchApiError) as caught:
        listings.get_document("none")
    assert (caught.value.status_code, caught.value.code) == (404, "document_not_found")


def test_deletions(client: Client, listings: Index) -> None:
    _done(client, listings.delete_document(1))
    assert _search(listings, "telefone") == [2]
    with pytest.warns(DeprecationWarning, match="ids"):
        task = listings.delete_documents([2, 777])
    details = _done(client, task).details
    assert details is not None
    assert (details["providedIds"], details["deletedDocuments"]) == (2, 1)
    _done(client, listings.delete_documents(filter="category = Food"))
    assert _search(listings) == [3]
    _done(client, listings.delete_all_documents())
    assert listings.get_stats().number_of_documents == 0
    failed = _done(client, listings.delete_documents(filter="unknown = 1"), "failed")
    assert failed.error is not None
    assert failed.error["code"] == "invalid_document_filter"


def test_tasks(client: Client) -> None:
    index = client.index("tasks")
    queued = [index.add_documents([{"id": n, "title": f"number {n}"}]) for n in range(40)]
    wrong = index.add_documents([{"id": 90}, {"name": "no identifier"}])
    last = index.delete_document("0")
    assert [task.task_uid for task in queued] == sorted(task.task_uid for task in queued)
    _done(client, last)
    error = _done(client, wrong, "failed").error
    assert error is not None
    assert error["code"] == "missing_document_id"
    assert set(error) == {"message", "code", "type", "link"}
    assert index.get_stats().number_of_documents == 39
    found = index.get_tasks({"limit": 2, "statuses": ["succeeded"]})
    assert [task.uid for task in found.results] == [last.task_uid, queued[-1].task_uid]
    assert found.total == 41
    assert found.results[0].finished_at is not None
    with pytest.raises(MeilisearchApiError) as caught:
        client.get_task(10_000_000)
    assert (caught.value.status_code, caught.value.code) == (404, "task_not_found")


def test_primary_key_is_inferred_once(client: Client) -> None:
    index = client.index("inferred")
    failed = _done(client, index.add_documents([{"id": 1, "shop_id": 2}]), "failed")
    assert failed.error is not None
    assert failed.error["code"] == "index_primary_key_multiple_candidates_found"
    _done(client, index.add_documents([{"shop_id": "a-1", "title": "x"}]))
    assert index.get_primary_key() == "shop_id"
    failed = _done(client, index.add_documents([{"sku": 1}], "sku"), "failed")
    assert failed.error is not None
    assert failed.error["code"] == "index_primary_key_already_exists"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("telefone", [1, 2]),
        ("telefoen", [1, 2]),
        ("telefne", [1, 2]),
        ("TELÉFONE", [1, 2]),
        ("tele", [1, 2]),
        ("tel ", []),
        ("cafe", [4]),
        ("graos espec", [4]),
        ("настольная", [3]),
        ("НАСТОЛНАЯ", [3]),
        ("зеленая", [3]),
        ("ламп", [3]),
        ("лмп", []),
        ("telefone azul", [1, 2]),
        ("azul telefone", [1]),
        ('"para telefone"', [2]),
        ("telefone -capa", [1]),
        ("curitiba", [2]),
        ("!!!", [1, 2, 3, 4]),
    ],
)
def test_text(shared: Index, text: str, expected: list[int]) -> None:
    assert _search(shared, text) == expected


@pytest.fixture(scope="module")
def shared(client: Client) -> Index:
    """One filled index for the tests that only search."""
    return _filled(client, "shared")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("category = phones", [1]),
        ("category != Phones", [2, 3, 4]),
        ("price_minor > 3900 AND price_minor <= 7000", [3]),
        ("price_minor >= 3900 AND NOT price_minor < 5000", [1, 3]),
        ("price_minor 2500 TO 3900", [2, 4]),
        ("category IN [Phones, 'Food']", [1, 4]),
        ("category NOT IN [Phones, Food]", [2, 3]),
        ("sold_out EXISTS", [1, 2, 3]),
        ("sold_out NOT EXISTS", [4]),
        ("sold_out = true", [3]),
        ("tags = new AND (category = Phones OR price_minor < 3000)", [1, 2]),
        ("tags IS EMPTY OR seller.city IS NULL", [3, 4]),
        ('seller.city = "sao paulo"', [1]),
        (["tags = new", ["category = Phones", "category = Food"]], [1]),
        ([["category = Phones", "category = Food"]], [1, 4]),
        ("", [1, 2, 3, 4]),
    ],
)
def test_filters(shared: Index, condition: object, expected: list[int]) -> None:
    assert _search(shared, filter=condition) == expected


def test_facets(shared: Index) -> None:
    answer = shared.search("", {"facets": ["tags", "price_minor"], "filter": "tags = new"})
    assert answer["facetDistribution"]["tags"] == {"blue": 1, "new": 2}
    assert answer["facetDistribution"]["price_minor"] == {"2500": 1, "50000": 1}
    assert answer["facetStats"] == {"price_minor": {"min": 2500, "max": 50000}}
    assert shared.search("", {"facets": ["*"]})["facetDistribution"]["sold_out"] == {
        "false": 2,
        "true": 1,
    }


def test_sort(client: Client, shared: Index) -> None:
    assert _search(shared, sort=["price_minor:asc"]) == [2, 4, 3, 1]
    assert _search(shared, sort=["price_minor:desc"]) == [1, 3, 4, 2]
    assert _search(shared, "telefone", sort=["price_minor:asc"]) == [2, 1]
    index = _filled(client, "custom-rule")
    _done(client, index.update_ranking_rules(["price_minor:asc", "words"]))
    assert _search(index) == [2, 4, 3, 1]


def test_pagination(shared: Index) -> None:
    answer = shared.search("", {"limit": 2, "offset": 1})
    assert _ids(answer) == [2, 3]
    assert (answer["limit"], answer["offset"], answer["estimatedTotalHits"]) == (2, 1, 4)
    answer = shared.search("", {"page": 2, "hitsPerPage": 3})
    assert _ids(answer) == [4]
    assert (answer["totalHits"], answer["totalPages"]) == (4, 2)
    assert (answer["page"], answer["hitsPerPage"]) == (2, 3)
    assert answer["processingTimeMs"] >= 0
    assert _search(shared, limit=0) == []


def test_shown_attributes(shared: Index) -> None:
    options = {
        "attributesToRetrieve": ["id", "seller.city"],
        "attributesToHighlight": ["title"],
        "limit": 1,
    }
    hit = shared.search("telefoen az", options)["hits"][0]
    assert hit["seller"] == {"city": "São Paulo"}
    assert set(hit) == {"id", "seller", "_formatted"}
    assert hit["_formatted"]["title"] == "<em>Telefone</em> <em>az</em>ul"
    assert hit["_formatted"]["id"] == "1"


def test_multi_search_and_query_string(client: Client, shared: Index) -> None:
    queries = [
        {"indexUid": shared.uid, "q": "capa"},
        {"indexUid": shared.uid, "filter": "category = Home"},
    ]
    results = client.multi_search(queries)["results"]
    assert [_ids(result) for result in results] == [[2], [3]]
    assert {result["indexUid"] for result in results} == {shared.uid}
    url = f"{client.config.url}/indexes/{shared.uid}/search"
    parameters = {"q": "tele", "filter": "price_minor > 1", "sort": "price_minor:asc", "limit": "1"}
    assert _ids(httpx.get(url, params=parameters).json()) == [2]


def test_swap_indexes(client: Client) -> None:
    for name in ("live", "fresh"):
        _done(client, client.index(name).add_documents([{"id": 1, "title": name}]))
    _done(client, client.swap_indexes([{"indexes": ["live", "fresh"]}]))
    assert client.index("live").search("")["hits"][0]["title"] == "fresh"
    assert client.index("fresh").search("")["hits"][0]["title"] == "live"
    failed = _done(client, client.swap_indexes([{"indexes": ["live", "absent"]}]), "failed")
    assert failed.error is not None
    assert failed.error["code"] == "index_not_found"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"filter": "unknown = 1"}, "invalid_search_filter"),
        ({"filter": "category ="}, "invalid_search_filter"),
        ({"filter": "(category = a"}, "invalid_search_filter"),
        ({"sort": ["seller:asc"]}, "invalid_search_sort"),
        ({"sort": ["title"]}, "invalid_search_sort"),
        ({"facets": ["title"]}, "invalid_search_facets"),
        ({"limit": "many"}, "invalid_search_limit"),
        ({"offset": -1}, "invalid_search_offset"),
        ({"unheardOf": 1}, "bad_request"),
    ],
)
def test_invalid_searches(shared: Index, options: dict[str, Any], code: str) -> None:
    with pytest.raises(MeilisearchApiError) as caught:
        shared.search("", options)
    assert (caught.value.status_code, caught.value.code) == (400, code)
    assert caught.value.type == "invalid_request"
    assert caught.value.link is not None
    assert caught.value.link.endswith(code)


def test_missing_index_and_malformed_requests(client: Client) -> None:
    with pytest.raises(MeilisearchApiError) as caught:
        client.index("absent").search("")
    assert (caught.value.status_code, caught.value.code) == (404, "index_not_found")
    with pytest.raises(MeilisearchApiError) as caught:
        client.create_index("not valid")
    assert (caught.value.status_code, caught.value.code) == (400, "invalid_index_uid")
    url = f"{client.config.url}/indexes/absent/documents"
    json = {"Content-Type": "application/json"}
    answer = httpx.post(url, content=b'[{"id": 1,', headers=json)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_payload")
    answer = httpx.post(url, content=b"id\n1", headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (415, "invalid_content_type")
    assert httpx.get(f"{client.config.url}/nowhere").status_code == httpx.codes.NOT_FOUND


def test_master_key(tmp_path: Path) -> None:
    with _server(tmp_path, MEILI_MASTER_KEY="a-secret") as url:
        assert Client(url).is_healthy()
        assert Client(url, "a-secret").get_indexes()["results"] == []
        with pytest.raises(MeilisearchApiError) as caught:
            Client(url, "another").get_indexes()
        assert (caught.value.status_code, caught.value.code) == (403, "invalid_api_key")
        answer = httpx.get(f"{url}/indexes")
        assert answer.status_code == httpx.codes.UNAUTHORIZED
        assert answer.json()["code"] == "missing_authorization_header"


def test_restart_keeps_everything(tmp_path: Path) -> None:
    with _server(tmp_path) as url:
        client = Client(url)
        _filled(client, "listings")
        # Left in the queue or half done: it must be applied all the same.
        pending = client.index("listings").delete_document(1)
    with _server(tmp_path) as url:
        client = Client(url)
        _done(client, pending)
        index = client.index("listings")
        assert index.get_settings()["sortableAttributes"] == _SETTINGS["sortableAttributes"]
        assert _search(index, "telefoen") == [2]
        assert _search(index, filter="price_minor > 3000", sort=["price_minor:desc"]) == [3, 4]
        _done(client, index.add_documents([{"id": 1, "title": "Telefone verde"}]))
        assert _search(index, "telefone verd") == [1, 2]
