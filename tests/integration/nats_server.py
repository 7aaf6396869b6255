"""An embedded NATS server of one test module's own, with JetStream."""

from deploy.embedded import servers
from deploy.embedded.ports import HOST
from tests.integration.part_server import PartServer

TOKEN = "throw-away"


class NatsServer(PartServer):
    def __init__(self) -> None:
        super().__init__(lambda folder, port: servers.nats(folder, port, TOKEN))
        self.url = f"nats://{TOKEN}@{HOST}:{self.port}"
