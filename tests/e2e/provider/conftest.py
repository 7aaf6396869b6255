"""The sandbox provider's control routes."""

import httpx
import pytest

from tests.conftest import Api


@pytest.fixture(scope="module")
def sandbox(api: Api) -> httpx.Client:
    """The provider's own control routes; answers are held back for a moment, not half a minute."""
    client = httpx.Client(
        base_url=api.settings.providers["sandbox"].url,
        headers={"Authorization": f"Bearer {api.settings.providers['sandbox'].secret_key}"},
    )
    client.post("/_control/settings", json={"hold_ms": 1500}).raise_for_status()
    yield client
    client.close()
