"""What the tests of readers share: the policy of a bucket, and what a key may."""

import json

import pytest
from botocore.exceptions import ClientError

from providers.slipway_s3.store import code_of, connect
from providers.wire import Secret
from tests.s3.gateway import ROOT


def statements(client, bucket):
    try:
        return json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    except ClientError as error:
        if code_of(error) != "NoSuchBucketPolicy":
            raise
        return []


def write(client, bucket, rows):
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": rows}))


def by_hand(bucket):
    """A statement that is not Slipway's."""
    return {
        "Sid": "ByHand",
        "Effect": "Allow",
        "Principal": {"AWS": [ROOT]},
        "Action": ["s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{bucket}"],
    }


def code(call, **arguments):
    """The code of a refusal."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return code_of(refused.value)


def reads(gateway, bucket, key, secret, prefix="models/iris"):
    """Whether this key may read what lies at a prefix; a wrong key is none that may."""
    try:
        connect(gateway.store(key, secret)).get_object(Bucket=bucket, Key=f"{prefix}/file")
    except ClientError as error:
        if code_of(error) not in ("AccessDenied", "SignatureDoesNotMatch", "InvalidAccessKeyId"):
            raise
        return False
    return True


def secret_of(reader):
    assert isinstance(reader.outputs["secretKey"], Secret)
    return reader.outputs["secretKey"].value
