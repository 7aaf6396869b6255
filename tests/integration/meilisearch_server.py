"""The embedded Meilisearch as a process of its own, and clients of it."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from typing import Any

import httpx
import pytest
from meilisearch import Client
from meilisearch.index import Index
from meilisearch.models.task import Task, TaskInfo

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
KEY = "throw-away"
SETTINGS = {
    "searchableAttributes": ["title", "description", "category"],
    "filterableAttributes": ["category", "price_minor", "sold_out"],
    "sortableAttributes": ["price_minor", "title"],
}
LISTINGS: list[dict[str, Any]] = [
    {
        "id": "1",
        "title": "Telefone azul",
        "description": "Aparelho novo com carregador",
        "category": "Phones",
        "price_minor": 50_000,
        "sold_out": False,
    },
    {
        "id": "2",
        "title": "Capa para telefone",
        "description": "Capa de silicone, São Paulo",
        "category": "Accessories",
        "price_minor": 2_500,
        "sold_out": False,
    },
    {
        "id": "3",
        "title": "Настольная лампа",
        "description": "Зелёная, почти новая",
        "category": "Home",
        "price_minor": 7_000,
        "sold_out": True,
    },
    {
        "id": "4",
        "title": "Café torrado",
        "description": None,
        "category": 'Food \\ "drink"',
        "price_minor": 3_900,
    },
]


@contextmanager
def serving(folder: Path) -> Generator[str]:
    """A running server's address; the process has ended, and cleanly, after the block."""
    with create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    module = "deploy.embedded.meilisearch"
    command = [sys.executable, "-m", module, "--data", str(folder), "--port", str(port)]
    environment = os.environ | {"MEILI_MASTER_KEY": KEY}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
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
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended before it answered"
        try:
            if httpx.get(f"{url}/health", timeout=1).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    pytest.fail("the server did not answer in time")


def done(client: Client, task: TaskInfo, status: str = "succeeded") -> Task:
    finished = client.wait_for_task(task.task_uid, timeout_in_ms=20_000, interval_in_ms=5)
    assert finished.status == status, finished.error
    return finished


def failed(client: Client, task: TaskInfo) -> str:
    """The code of the error of a task that must fail."""
    error = done(client, task, "failed").error
    assert error is not None
    assert set(error) == {"message", "code", "type", "link"}
    return str(error["code"])


def filled(client: Client, uid: str) -> Index:
    done(client, client.create_index(uid, {"primaryKey": "id"}))
    index = client.index(uid)
    done(client, index.update_settings(SETTINGS))
    done(client, index.add_documents(LISTINGS))
    return index


def found(index: Index, text: str = "", **options: object) -> list[str]:
    return [hit["id"] for hit in index.search(text, options)["hits"]]


def fetched(index: Index, **options: object) -> list[dict[str, Any]]:
    return [dict(document) for document in index.get_documents(options).results]
