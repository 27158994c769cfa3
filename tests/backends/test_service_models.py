"""boto3's models of services, read quickly: the same as botocore and moto read, and in tests with a backend alone."""

import os

import boto3
import botocore.loaders
import pytest
from botocore.exceptions import UnknownServiceError

from pytest_serverless.backends.service_models import read_quickly

moto_loaders = pytest.importorskip("moto.core.loaders")

MAKERS = [botocore.loaders.create_loader, moto_loaders.create_loader]
MODELS = [("s3", "service-2"), ("s3", "endpoint-rule-set-1"), ("dynamodb", "paginators-1"), ("sqs", "service-2")]


def folders_looked_into(monkeypatch, load):
    looked = []
    listdir = os.listdir
    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", lambda path: looked.append(path) or listdir(path))
        load()
    return looked


@pytest.mark.parametrize("make", MAKERS, ids=["botocore", "moto"])
@pytest.mark.parametrize(("service", "kind"), MODELS)
def test_a_model_is_the_same(make, service, kind):
    with read_quickly():
        quick = make().load_service_model(service, kind)

    assert quick == make().load_service_model(service, kind)


def test_members_keep_their_order():
    with read_quickly():
        quick = botocore.loaders.create_loader().load_service_model("dynamodb", "service-2")

    shapes = botocore.loaders.create_loader().load_service_model("dynamodb", "service-2")["shapes"]
    assert [list(shape.get("members", ())) for shape in quick["shapes"].values()] == [
        list(shape.get("members", ())) for shape in shapes.values()
    ]


@pytest.mark.parametrize("make", MAKERS, ids=["botocore", "moto"])
def test_no_other_services_folder_is_looked_into(monkeypatch, make):
    with read_quickly():
        looked = folders_looked_into(monkeypatch, lambda: make().load_service_model("s3", "service-2"))

    assert looked
    assert {os.path.basename(folder) for folder in looked} == {"s3"}


def test_services_are_still_listed():
    listed = boto3.Session(region_name="us-east-1").get_available_services()

    with read_quickly():
        session = boto3.Session(region_name="us-east-1")
        session.client("s3")
        assert session.get_available_services() == listed


def test_a_service_that_does_not_exist_is_refused_with_all_that_do():
    def refusal():
        with pytest.raises(UnknownServiceError) as caught:
            boto3.Session(region_name="us-east-1").client("dynamo")
        return str(caught.value)

    with read_quickly():
        quick = refusal()

    assert "dynamodb" in quick
    assert quick == refusal()


def test_models_of_the_users_own_are_found(tmp_path, monkeypatch):
    folder = tmp_path / "mine" / "2026-11-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text('{"metadata": {"serviceId": "mine"}}')
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))

    with read_quickly():
        session = boto3.Session()
        model = session._session.get_service_model("mine")

    assert model.metadata == {"serviceId": "mine"}


def test_only_a_test_with_a_backend_reads_quickly(started):
    names = ["load_service_model", "list_available_services"]
    before = [getattr(botocore.loaders.Loader, name) for name in names]

    with started.entered("a test"):
        inside = [getattr(botocore.loaders.Loader, name) for name in names]

    assert all(now != then for now, then in zip(inside, before, strict=True))
    assert [getattr(botocore.loaders.Loader, name) for name in names] == before
