"""The part `gateway`: one port in front of both APIs."""

from deploy.gateway import Gateway
from deploy.serve import serve_gateway
from deploy.settings import Settings


def run(settings: Settings) -> None:
    serve_gateway(Gateway(settings.write_port, settings.read_port), settings.port)
