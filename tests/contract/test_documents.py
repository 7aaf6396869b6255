"""What the OpenAPI documents say is what is answered: asked by Schemathesis, as each role."""

import subprocess
import sysconfig
from pathlib import Path

import pytest

from eventstore.identity import ROLES
from tests.conftest import Api, Shop

PROGRAM = Path(sysconfig.get_path("scripts")) / "schemathesis"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
WHO = [*(role for role in ROLES if role != "system"), "nobody"]


@pytest.fixture(scope="module")
def answering(api: Api) -> Api:
    """With something of most kinds to answer: from lists the program learns what there is."""
    shop = Shop(api)
    order = shop.place(2)
    shop.pay(order)
    shop.deliver(order)
    shop.confirm(order)
    body = {"reason": "broken", "amount": {"amount_minor": 10, "currency": "EUR"}}
    api.ok("operator:o", f"/v1/orders/{order}/refunds", body | {"approve": True})
    api.ok("operator:o", "/v1/payouts", {"seller_id": shop.seller, "provider": "manual"})
    api.read("operator:o", f"/v1/orders/{order}/timeline")
    return api


@pytest.mark.parametrize("side", ["read", "write"])
@pytest.mark.parametrize("who", WHO)
def test_no_answer_is_another_than_the_document_says(
    answering: Api, tmp_path: Path, who: str, side: str
) -> None:
    """Examples and what is drawn from the schemas; `coverage` besides takes ten seconds each."""
    base = str(answering.http.base_url)
    token = {} if who == "nobody" else answering.headers(f"{who}:documents")
    command = [
        *(str(PROGRAM), "run", f"{base}/schema/{side}/openapi.json", "--url", base),
        *("--phases", "examples,fuzzing", "--checks", ",".join(CHECKS)),
        *("--max-examples", "4", "--seed", "1", "--continue-on-failure", "--warnings", "off"),
        *("--suppress-health-check", "all", "--generation-database", "none"),
        *(part for name, value in token.items() for part in ("--header", f"{name}: {value}")),
    ]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
