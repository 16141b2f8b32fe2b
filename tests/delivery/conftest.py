"""The S3 server the tests of this folder run against."""

from tests.s3.gateway import bucket, gateway

__all__ = ["bucket", "gateway"]
