"""The read API without its queries: the same application and token check, and one SELECT by
primary key that returns the same bytes."""

import argparse
import os

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath

from deploy.http.application import make_access
from deploy.http.metrics import Metrics
from deploy.parts.read import assemble_read_app, make_read_services
from deploy.serve import serve
from deploy.settings import from_environment
from deploy.wiring import make_pool
from projections.query import Connection, reads
from read_api import operations
from read_api.orders import READ
from read_api.reader import Reader
from read_api.route import Topic, query_route

DDL = "CREATE TABLE IF NOT EXISTS bench_documents (id text PRIMARY KEY, document bytea NOT NULL)"
SELECT = "SELECT document FROM bench_documents WHERE id = %s"


@reads("orders")
async def document(connection: Connection, order_id: str) -> bytes | None:
    cursor = await connection.execute(SELECT, [order_id], prepare=True, binary=True)
    row = await cursor.fetchone()
    return None if row is None else bytes(row[0])


@query_route("/v1/orders/{order_id:str}", tag="orders", permission=READ)
async def get_document(order_id: FromPath[str], reader: NamedDependency[Reader]) -> Response[bytes]:
    answer = reader.answer(await reader.one("order", document, order_id), version=1)
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
    topics = (Topic([get_document]), operations.TOPIC)
    serve(assemble_read_app(services, make_access(settings), metrics, topics), port)


if __name__ == "__main__":
    main()
