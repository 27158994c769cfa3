import http.client

import boto3
import pytest
from moto.server import ThreadedMotoServer


@pytest.fixture(scope="session")
def moto_server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()
    server.stop()


def reset(host, port):
    connection = http.client.HTTPConnection(host, port)
    connection.request("POST", "/moto-api/reset")
    connection.getresponse().read()
    connection.close()


@pytest.fixture
def url(moto_server):
    """Where moto's server listens, with nothing in it: its state is that of this process, whoever else uses it."""
    reset(*moto_server)
    host, port = moto_server
    yield f"http://{host}:{port}"
    reset(host, port)


@pytest.fixture
def client(url):
    def make(service):
        keys = {"aws_access_key_id": "AKID", "aws_secret_access_key": "secret"}
        return boto3.client(service, endpoint_url=url, region_name="eu-west-1", **keys)

    return make
