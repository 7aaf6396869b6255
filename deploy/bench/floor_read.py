"""The read API without its queries: the same application and token check, and one SELECT by
primary key that returns the same bytes."""

import argparse
import os

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from deploy.http.metrics import Metrics
from deploy.serve import serve
from deploy.settings import from_environment
from deploy.wiring import assemble_read_app, make_pool, make_read_services
from read_api.reader import Reader, not_found
from read_api.routes import operations

READERS = ("buyer", "seller", "operator", "auditor")
DDL = "CREATE TABLE IF NOT EXISTS bench_documents (id text PRIMARY KEY, document bytea NOT NULL)"
SELECT = "SELECT document FROM bench_documents WHERE id = %s"


@get("/v1/orders/{order_id:str}")
async def get_document(order_id: FromPath[str], reader: NamedDependency[Reader]) -> Response[bytes]:
    reader.must_be(*READERS)
    await reader.fresh("orders")
    async with reader.connection() as connection:
        cursor = await connection.execute(SELECT, [order_id], prepare=True, binary=True)
        row = await cursor.fetchone()
    if row is None:
        raise not_found("order")
    answer = reader.answer(row[0], version=1)
    answer.media_type = "application/json"
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    metrics = Metrics(dict)
    settings = from_environment(os.environ)
    services = msgspec.structs.replace(
        make_read_services(settings, metrics.text),
        pool=make_pool(settings.database_url, size=8, checked=False),
    )
    serve(assemble_read_app(services, metrics, [get_document, *operations.ROUTES]), port)


if __name__ == "__main__":
    main()
