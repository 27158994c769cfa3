import boto3
import pytest
from moto import mock_aws

from tests.backends.provision.cloud import Cloud


@pytest.fixture(scope="session")
def cloud_session():
    """Clients are slow to make, and none of these tests changes one."""
    return boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1")


@pytest.fixture(scope="session")
def cloud_clients():
    return {}


@pytest.fixture
def cloud(cloud_session, cloud_clients):
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        yield Cloud(cloud_session, cloud_clients)
