"""`slipway-s3:index:Bucket`: a bucket, its versioning and its tags."""

import ipaddress
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from catalog.errors import SlipwayError
from providers.server import PartialFailureError
from providers.slipway_s3 import MARKER
from providers.slipway_s3 import store as s3
from providers.slipway_s3.resource import Failure, Live, Values, unknown_names
from providers.slipway_s3.session import Session
from providers.wire import UNKNOWN, plain

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_COUNTED_UP_TO = 10_000
_TAGS = 50


class Bucket:
    """A bucket on the configured server.

    A bucket that is there already is taken over only if its tag `slipway.dev/stack` is the same as in the inputs: then
    an earlier run made it and was killed. Deleting one that holds objects is refused unless `forceDestroy`.
    """

    INPUTS: ClassVar[tuple[str, ...]] = ("bucket", "versioning", "tags", "forceDestroy")
    REPLACES: ClassVar[frozenset[str]] = frozenset({"bucket"})
    NAMES: ClassVar[frozenset[str]] = frozenset({"bucket"})

    def check(self, news: Values, session: Session | None) -> tuple[Values, list[Failure]]:
        """The inputs with their defaults, and everything that is wrong with them."""
        inputs = {"versioning": True, "forceDestroy": False, "tags": {}} | news
        failures = unknown_names(news, self.INPUTS)
        values = plain(inputs)
        if "bucket" not in values:
            failures.append(Failure("bucket", "bucket is missing"))
        elif values["bucket"] is not UNKNOWN and (why := name_refusal(values["bucket"])):
            failures.append(Failure("bucket", f"{values['bucket']!r} is no bucket name: {why}"))
        for name in ("versioning", "forceDestroy"):
            if values[name] is not UNKNOWN and not isinstance(values[name], bool):
                failures.append(Failure(name, f"{values[name]!r} is neither true nor false"))
        if values["tags"] is not UNKNOWN:
            failures += [Failure("tags", why) for why in tag_refusals(values["tags"])]
        return inputs, failures

    def outputs(self, inputs: Values, session: Session | None) -> Values:
        """The inputs, the server's URL, and the name policies use."""
        name = plain(inputs.get("bucket", UNKNOWN))
        arn = UNKNOWN if name is UNKNOWN else f"arn:aws:s3:::{name}"
        return {**inputs, "endpoint": session.store.endpoint if session else UNKNOWN, "arn": arn}

    def create(self, urn: str, inputs: Values, session: Session) -> tuple[str, Values]:
        """Makes the bucket, or takes over the one that a killed run has made."""
        values = plain(inputs)
        name = values["bucket"]
        owner = self._owner(name, session)
        if owner is None:
            _create(name, values["tags"], session)
        elif owner != values["tags"].get(MARKER):
            whose = f"belongs to {owner}" if owner else f"has no tag {MARKER}, so it is not this stack's"
            why = f"the bucket exists already and {whose}"
            fix = f"choose another name, or import it: pulumi import slipway-s3:index:Bucket NAME {name}"
            raise SlipwayError(f"s3://{name}", "", why, fix)
        outputs = self.outputs(inputs, session)
        try:
            _settle(values, session)
        except SlipwayError as error:
            raise PartialFailureError(name, outputs, inputs, [str(error)]) from error
        return name, outputs

    def read(self, id_: str, inputs: Values, session: Session) -> Live | None:
        """What the bucket is now; None when it vanished."""
        tags = _tags(id_, session)
        if tags is None:
            return None
        with s3.explained(session.store, "read the bucket", id_):
            versioning = session.client.get_bucket_versioning(Bucket=id_).get("Status") == "Enabled"
        live = {"forceDestroy": False} | inputs | {"bucket": id_, "versioning": versioning, "tags": tags}
        return Live(live, self.outputs(live, session))

    def update(self, urn: str, old: Values, inputs: Values, session: Session) -> Values:
        """Sets versioning and tags."""
        _settle(plain(inputs), session)
        return self.outputs(inputs, session)

    def delete(self, outputs: Values, session: Session) -> None:
        """Deletes the bucket; with `forceDestroy` its objects first."""
        values = plain(outputs)
        name = values["bucket"]
        try:
            with s3.explained(session.store, "delete the bucket", name):
                if values.get("forceDestroy"):
                    _empty(name, session)
                elif count := sum(1 for _ in islice(_versions(name, session), _COUNTED_UP_TO)):
                    more = " or more" if count == _COUNTED_UP_TO else ""
                    why = f"it holds {count}{more} versions of objects, so it is not deleted"
                    fix = "keep it (retainOnDelete), empty it by hand, or set forceDestroy and bring the stack up once"
                    raise SlipwayError(f"s3://{name}", "", why, fix)
                session.client.delete_bucket(Bucket=name)
        except s3.MissingBucketError:
            return

    def _owner(self, name: str, session: Session) -> str | None:
        """The stack of an existing bucket, empty when it says none; None when there is no bucket."""
        tags = _tags(name, session)
        return None if tags is None else tags.get(MARKER, "")


def name_refusal(name: Any) -> str:
    """Why S3 does not take this as a bucket's name; empty when it does."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return "3 to 63 of a-z, 0-9, `.` and `-`, with a letter or digit at both ends"
    if ".." in name or ".-" in name or "-." in name:
        return "a `.` stands between letters or digits"
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        pass
    else:
        return "it looks like an IP address"
    if name.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or name.endswith(("-s3alias", "--ol-s3", "--x-s3")):
        return "S3 keeps this beginning or ending for itself"
    return ""


def tag_refusals(tags: Any) -> Iterator[str]:
    """Why S3 does not take these tags."""
    if not isinstance(tags, dict):
        yield "tags are keys and values"
        return
    if len(tags) > _TAGS:
        yield f"{len(tags)} tags are more than {_TAGS}"
    for key, value in tags.items():
        if value is not UNKNOWN and not isinstance(value, str):
            yield f"the value of {key!r} is no text"
        elif not 1 <= len(key) <= 128 or (value is not UNKNOWN and len(value) > 256):
            yield f"{key!r}: keys have 1 to 128 characters, values up to 256"
        elif key.lower().startswith("aws:"):
            yield f"{key!r}: tags that begin with `aws:` belong to Amazon"


def _tags(name: str, session: Session) -> dict[str, str] | None:
    """The bucket's tags; None when there is no bucket."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found = session.client.get_bucket_tagging(Bucket=name)["TagSet"]
    except (ClientError, BotoCoreError) as error:
        code = s3.code_of(error)
        if code in s3.MISSING_BUCKET:
            return None
        if code == "NoSuchTagSet":
            return {}
        raise session.explain(error, "read the bucket's tags (it may belong to another account)", name) from error
    return {tag["Key"]: tag["Value"] for tag in found if not tag["Key"].startswith("aws:")}


def _create(name: str, tags: dict[str, str], session: Session) -> None:
    """Creates the bucket with its tags in one step where the server can, so that a killed run leaves no stranger."""
    from botocore.exceptions import ClientError

    store = session.store
    place: dict[str, Any] = {}
    if not store.endpoint and store.region != "us-east-1":
        place["LocationConstraint"] = store.region
    tagged = place | {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]} if tags else place
    with s3.explained(store, "create the bucket", name):
        try:
            session.client.create_bucket(Bucket=name, **_configuration(tagged))
        except ClientError as error:
            if s3.code_of(error) not in ("MalformedXML", "NotImplemented", "InvalidArgument") or tagged == place:
                raise
            session.client.create_bucket(Bucket=name, **_configuration(place))


def _configuration(configuration: dict[str, Any]) -> dict[str, Any]:
    return {"CreateBucketConfiguration": configuration} if configuration else {}


def _settle(values: Values, session: Session) -> None:
    """Makes versioning and tags what they should be."""
    name, tags = values["bucket"], values["tags"]
    with s3.explained(session.store, "set up the bucket", name):
        client = session.client
        now = client.get_bucket_versioning(Bucket=name).get("Status", "")
        if values["versioning"] and now != "Enabled":
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        elif not values["versioning"] and now == "Enabled":
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
        if _tags(name, session) != tags:
            rows = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
            client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": rows})  # type: ignore[typeddict-item]


def _versions(name: str, session: Session) -> Iterator["ObjectIdentifierTypeDef"]:
    """Every version and every delete marker."""
    for page in session.client.get_paginator("list_object_versions").paginate(Bucket=name):
        for row in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            yield {"Key": row["Key"], "VersionId": row["VersionId"]}


def _empty(name: str, session: Session) -> None:
    client = session.client
    for upload in client.list_multipart_uploads(Bucket=name).get("Uploads", []):
        client.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
    while batch := list(islice(_versions(name, session), 1000)):
        failed = client.delete_objects(Bucket=name, Delete={"Objects": batch, "Quiet": True}).get("Errors", [])
        if failed:
            first = failed[0]
            why = f"{len(failed)} objects cannot be deleted: {first.get('Key')}: {first.get('Message')}"
            raise SlipwayError(f"s3://{name}", "", why, "see what holds them (a lock?), or keep the bucket")
