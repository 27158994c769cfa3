"""Clients of aiobotocore are mocked by the same feed and journal."""

import asyncio

import boto3
import pytest

aiobotocore = pytest.importorskip("aiobotocore.session", reason="aiobotocore is not installed")


def test_a_client_of_aiobotocore_is_mocked(aws, changes):
    async def use():
        async with aiobotocore.get_session().create_client("s3") as s3:
            await s3.create_bucket(Bucket="uploads")
            await s3.put_object(Bucket="uploads", Key="k", Body=b"hello")
            answer = await s3.get_object(Bucket="uploads", Key="k")
            async with answer["Body"] as body:
                whole = await body.read()
            again = await s3.get_object(Bucket="uploads", Key="k")
            with pytest.raises(s3.exceptions.NoSuchKey):
                await s3.get_object(Bucket="uploads", Key="none")
            return whole, [chunk async for chunk in again["Body"].iter_chunks(2)]

    assert asyncio.run(use()) == (b"hello", [b"he", b"ll", b"o"])
    assert [change.kind for change in changes] == ["s3:ObjectCreated:Put"]
    assert [call.error for call in aws.journal.calls] == [None, None, None, None, "NoSuchKey"]


def test_a_client_of_boto3_reads_the_same(aws):
    client = boto3.client("s3")
    client.create_bucket(Bucket="uploads")
    client.put_object(Bucket="uploads", Key="k", Body=b"hello")

    assert client.get_object(Bucket="uploads", Key="k")["Body"].read() == b"hello"
