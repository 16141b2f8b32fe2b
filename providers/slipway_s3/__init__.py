"""slipway-s3: buckets and their readers on any S3-compatible server, as a resource provider of our own.

It works under an official Pulumi and under Slipway's own. `resources.py` is what a program uses.
"""

NAME = "slipway-s3"
VERSION = "0.1.0"
BUCKET = "slipway-s3:index:Bucket"
READER = "slipway-s3:index:Reader"
PROVIDER = "pulumi:providers:slipway-s3"

MARKER = "slipway.dev/stack"
"""The tag that says which stack a bucket belongs to."""
