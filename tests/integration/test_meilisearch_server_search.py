"""The embedded search server's searches: texts, conditions, order, facets, and the product's own."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from meilisearch import Client
from meilisearch.errors import MeilisearchApiError
from meilisearch.index import Index
from msgspec.structs import replace

from projections.models.listing_search.projector import PROJECTOR
from projections.models.listing_search.queries import ListingQuery, SearchResult, search_body
from projections.stores.meilisearch.model import SearchModel
from projections.stores.meilisearch.query import search_in
from tests.integration.meilisearch_server import KEY, done, fetched, filled, found, serving


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with serving(tmp_path_factory.mktemp("search")) as url:
        yield Client(url, KEY)


@pytest.fixture(scope="module")
def shared(client: Client) -> Index:
    """One filled index for the tests that only search."""
    return filled(client, "shared")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("telefone", "12"),
        ("telefoen", "12"),
        ("telefne", "12"),
        ("TELÉFONE", "12"),
        ("tele", "12"),
        ("tel ", ""),
        ("cafe", "4"),
        ("настольная", "3"),
        ("НАСТОЛНАЯ", "3"),
        ("зеленая", "3"),
        ("ламп", "3"),
        ("лмп", ""),
        ("telefone azul", "12"),
        ("azul telefone", "1"),
        ("capa telefone", "2"),
        ("sao paulo", "2"),
        ("silicone capa", "2"),
        ("phones", "1"),
        ("!!!", "1234"),
        ("", "1234"),
        ("a" * 100_000, ""),
        ("telefone " * 1_000, "12"),
    ],
)
def test_texts(shared: Index, text: str, expected: str) -> None:
    assert found(shared, text) == list(expected)


def test_the_better_match_comes_first(client: Client) -> None:
    done(client, client.create_index("ranks", {"primaryKey": "id"}))
    index = client.index("ranks")
    settings = {
        "searchableAttributes": ["title", "category"],
        "filterableAttributes": [],
        "sortableAttributes": ["price_minor"],
    }
    done(client, index.update_settings(settings))
    titles = {
        "typo": "red kettel",
        "category": "red",
        "one-word": "red cup",
        "apart": "kettle in red",
        "near": "red kettle",
        "longer": "red kettles",
    }
    documents = [
        {"id": name, "title": title, "price_minor": number, "category": "thing"}
        for number, (name, title) in enumerate(titles.items())
    ]
    documents[1]["category"] = "kettle"
    done(client, index.add_documents(documents))
    ranked = ["near", "apart", "longer", "category", "typo", "one-word"]
    assert found(index, "red kettle") == ranked
    # The sort decides between equals only; whether a word is whole comes after it.
    dearest = ["near", "longer", "apart", "category", "typo", "one-word"]
    assert found(index, "red kettle", sort=["price_minor:desc"]) == dearest


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (['category = "phones"'], "1"),
        (['category="Food \\\\ \\"drink\\""'], "4"),
        (["price_minor >= 3900", "price_minor <= 7000"], "34"),
        (['category IN ["Phones", "home", "none"]'], "13"),
        (["sold_out = true"], "3"),
        (["sold_out = false", "price_minor <= 2500"], "2"),
        (['category = "Phones"', "price_minor <= 2500"], ""),
        ([], "1234"),
    ],
)
def test_conditions(shared: Index, conditions: list[str], expected: str) -> None:
    assert found(shared, filter=conditions) == list(expected)


def test_a_condition_and_a_text_both_hold(shared: Index) -> None:
    assert found(shared, "telefone", filter=["price_minor <= 2500"]) == ["2"]


def test_sort(shared: Index) -> None:
    assert found(shared, sort=["price_minor:asc"]) == list("2431")
    assert found(shared, sort=["price_minor:desc"]) == list("1342")
    assert found(shared, sort=["title:asc"]) == list("4213")
    assert found(shared, "telefone", sort=["price_minor:asc"]) == list("21")


def test_facets(shared: Index) -> None:
    options = {"facets": ["category", "sold_out"], "filter": ["price_minor >= 3000"]}
    assert shared.search("", options)["facetDistribution"] == {
        "category": {'Food \\ "drink"': 1, "Home": 1, "Phones": 1},
        "sold_out": {"false": 1, "true": 1},
    }


def test_pages(shared: Index) -> None:
    answer = shared.search("", {"limit": 2, "offset": 1})
    assert [hit["id"] for hit in answer["hits"]] == ["2", "3"]
    assert answer["estimatedTotalHits"] == 4
    assert answer["processingTimeMs"] >= 0
    assert found(shared, limit=0) == []
    assert found(shared, offset=10**30) == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"filter": ['unknown = "a"']}, "invalid_search_filter"),
        ({"filter": ["category ="]}, "invalid_search_filter"),
        ({"filter": ["category = a"]}, "invalid_search_filter"),
        ({"filter": ['category = "a" OR sold_out = true']}, "invalid_search_filter"),
        ({"filter": ['category = "a\\"']}, "invalid_search_filter"),
        ({"filter": ["price_minor >= " + "9" * 1_000]}, "invalid_search_filter"),
        ({"filter": ['category = "' + '\\"' * 100_000]}, "invalid_search_filter"),
        ({"filter": 'category = "a"'}, "invalid_search_filter"),
        ({"sort": ["category:asc"]}, "invalid_search_sort"),
        ({"sort": ["title"]}, "invalid_search_sort"),
        ({"sort": ["title:asc", "price_minor:asc"]}, "invalid_search_sort"),
        ({"facets": ["title"]}, "invalid_search_facets"),
        ({"facets": ["price_minor"]}, "invalid_search_facets"),
        ({"limit": "many"}, "invalid_search_limit"),
        ({"offset": -1}, "invalid_search_offset"),
        ({"attributesToHighlight": ["title"]}, "bad_request"),
    ],
)
def test_other_searches_are_refused(shared: Index, options: dict[str, Any], code: str) -> None:
    with pytest.raises(MeilisearchApiError) as caught:
        shared.search("", options)
    assert (caught.value.status_code, caught.value.code) == (400, code)
    assert caught.value.type == "invalid_request"
    assert caught.value.link is not None
    assert caught.value.link.endswith(code)


def test_an_index_that_is_not_there(client: Client) -> None:
    with pytest.raises(MeilisearchApiError) as caught:
        client.index("absent").search("")
    assert (caught.value.status_code, caught.value.code) == (404, "index_not_found")


@pytest.fixture(scope="module")
def listings(client: Client) -> Index:
    """An index as the product declares it."""
    done(client, client.create_index("listings", {"primaryKey": "key"}))
    index = client.index("listings")
    done(client, index.update_settings(dict(PROJECTOR.settings)))
    rows = [
        {
            "key": f"teapot-{number}",
            "listing_id": f"teapot-{number}",
            "seller_id": "anna",
            "title": f"Teapot {number}",
            "category": 'kitchen "and" more',
            "price_minor": 100 * number,
            "currency": "EUR",
            "status": "active" if number else "retired",
            "available": number,
            "in_stock": number > 1,
            "created_position": number,
            "position": number,
        }
        for number in range(4)
    ]
    done(client, index.add_documents(rows))
    return index


def asked(client: Client, query: ListingQuery) -> SearchResult:
    async def ask() -> SearchResult:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(base_url=client.config.url, headers=headers) as http:
            return await search_in(http, "listings", search_body(query), SearchResult)

    return asyncio.run(ask())


def test_all_that_the_product_asks_is_answered(client: Client, listings: Index) -> None:
    whole = ListingQuery(
        q="taepot",
        category='kitchen "and" more',
        seller_id="anna",
        price_min=100,
        price_max=300,
        in_stock=True,
        sort="price_minor:desc",
        facets=["category", "seller_id", "currency", "in_stock"],
    )
    every = asked(client, ListingQuery())
    assert [hit.listing_id for hit in every.hits] == ["teapot-1", "teapot-2", "teapot-3"]
    some = asked(client, whole)
    assert [hit.listing_id for hit in some.hits] == ["teapot-3", "teapot-2"]
    assert some.estimated_total_hits == 2
    assert some.facet_distribution == {
        "category": {'kitchen "and" more': 2},
        "seller_id": {"anna": 2},
        "currency": {"EUR": 2},
        "in_stock": {"true": 2},
    }
    documents = fetched(listings, filter='listing_id IN ["teapot-0", "teapot-9"]')
    assert [document["position"] for document in documents] == [0]


def test_an_index_left_without_its_settings_gets_them(client: Client) -> None:
    """As a projector leaves it that is killed between making and setting it up."""
    model = SearchModel(replace(PROJECTOR, index="broken-off"), client.config.url, KEY)
    done(client, client.create_index("broken-off", {"primaryKey": "key"}))
    with pytest.raises(MeilisearchApiError):
        model._fetch("broken-off", ["teapot-1"])
    for _ in range(2):
        model._ensure("broken-off")
        assert model._fetch("broken-off", ["teapot-1"]) == {}
