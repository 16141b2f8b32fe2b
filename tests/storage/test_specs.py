"""What an artifact store can be, and what it cannot: each rule both ways."""

import pytest
from pydantic import TypeAdapter

from catalog.plain import validated
from components.storage.spec import KINDS, StoreSpec

AWS = {"kind": "aws-s3", "bucket": "example-models"}
GCS = {"kind": "gcs", "bucket": "example-models"}
SERVER = {"kind": "s3", "bucket": "models"}


def store(said):
    """The store and, by path, what is wrong with it."""
    made, errors = validated(TypeAdapter(StoreSpec), said, "store", KINDS)
    return made, {error.path: f"{error.why}; {error.fix}" for error in errors}


@pytest.mark.parametrize(
    "said",
    [
        AWS,
        GCS,
        SERVER,
        {**AWS, "bucket": "a1b"},
        {**AWS, "bucket": "a" * 63},
        {**AWS, "archive_days": 30, "archive_class": "STANDARD_IA"},
        {**AWS, "archive_days": 1},
        {**AWS, "retention_days": 365, "retention": "compliance"},
        {**GCS, "retention_days": 30},
        {**GCS, "soft_delete_days": 0},
        {**AWS, "registry": {"keep": 10, "untagged_days": 3}},
    ],
)
def test_what_a_store_can_be(said):
    made, errors = store(said)
    assert not errors
    assert made.bucket == said["bucket"]


@pytest.mark.parametrize(
    ("said", "path", "why"),
    [
        ({**AWS, "bucket": "ab"}, "bucket", "3 to 63"),
        ({**AWS, "bucket": "a" * 64}, "bucket", "3 to 63"),
        ({**AWS, "bucket": "Models"}, "bucket", "small letters"),
        ({**AWS, "bucket": "my_models"}, "bucket", "small letters"),
        ({**AWS, "bucket": "my.models"}, "bucket", "small letters"),
        ({**AWS, "bucket": "-models"}, "bucket", "no hyphen at the ends"),
        ({**AWS, "bucket": "192.168.5.4"}, "bucket", "small letters"),
        ({**AWS, "bucket": "xn--models"}, "bucket", "AWS keeps names"),
        ({**AWS, "bucket": "models-s3alias"}, "bucket", "AWS keeps names"),
        ({**GCS, "bucket": "goog-models"}, "bucket", "Google keeps names"),
        ({**GCS, "bucket": "my-g00gle-models"}, "bucket", "Google keeps names"),
        ({**AWS, "bukcet": "x"}, "bukcet", "did you mean bucket?"),
        ({**AWS, "registry": {"kep": 3}}, "registry.kep", "did you mean keep?"),
        ({**AWS, "registry": {"keep": 1}}, "registry.keep", "at least 2"),
        ({**AWS, "noncurrent_days": "30"}, "noncurrent_days", "without quotes"),
        ({**AWS, "noncurrent_days": 0}, "noncurrent_days", "at least 1"),
        ({**AWS, "archive_days": 90}, "archive_days", "gone after 90 days"),
        ({**AWS, "archive_days": 29, "archive_class": "STANDARD_IA"}, "archive_days", "before 30 days"),
        ({**AWS, "archive_class": "COLDLINE"}, "archive_class", "give one of"),
        ({**AWS, "retention": "compliance"}, "retention", "nothing is retained"),
        ({**GCS, "soft_delete_days": 6}, "soft_delete_days", "0 or at least 7"),
        ({**GCS, "project": "No"}, "project", "pattern"),
        ({**AWS, "account": "12"}, "account", "pattern"),
        ({**GCS, "region": "us-central1"}, "region", "no such key"),
        ({**SERVER, "archive_days": 3}, "archive_days", "no such key"),
    ],
)
def test_what_a_store_cannot_be(said, path, why):
    made, errors = store(said)
    assert made is None
    assert set(errors) == {f"store.{path}"}
    assert why in errors[f"store.{path}"]


def test_several_mistakes_are_all_said():
    _, errors = store({**AWS, "archive_days": 90, "retention": "compliance"})
    assert set(errors) == {"store.archive_days", "store.retention"}


def test_a_name_is_not_shown_when_it_is_none():
    _, errors = validated(TypeAdapter(StoreSpec), {**AWS, "bucket": "Sup3rS3cret!"}, "store")
    assert "Sup3r" not in "".join(map(str, errors))
