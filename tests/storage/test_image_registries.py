"""Where images are kept: addresses that the clouds take."""

import re

import pytest

from components.storage.spec.images import artifact_registry, ecr, namespace

# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
ECR = r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*"
GAR = r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"


@pytest.mark.parametrize(
    ("bucket", "name"),
    [
        ("example-models", "example-models"),
        ("a--b---c", "a-b-c"),
        ("1st-models", "r1st-models"),
        ("1" * 61 + "-b", "r" + "1" * 61),
    ],
)
def test_a_bucket_becomes_a_name_for_both(bucket, name):
    assert namespace(bucket) == name
    assert re.fullmatch(ECR, name)
    assert re.fullmatch(GAR, name)


def test_addresses():
    assert ecr("111122223333", "eu-west-1", "m") == "111122223333.dkr.ecr.eu-west-1.amazonaws.com/m"
    assert ecr("111122223333", "cn-north-1", "m") == "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/m"
    assert artifact_registry("own", "EUROPE-WEST1", "m") == "europe-west1-docker.pkg.dev/own/m"
