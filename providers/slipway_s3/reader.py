"""`slipway-s3:index:Reader`: a user that may read the objects below one prefix of a bucket, and nothing else."""

import re
from contextlib import suppress
from typing import Any, ClassVar

from catalog.errors import SlipwayError
from providers.server import PartialFailureError
from providers.slipway_s3 import policy
from providers.slipway_s3 import store as s3
from providers.slipway_s3.keys import secret_key
from providers.slipway_s3.policy import Change
from providers.slipway_s3.resource import Failure, Live, Values, unknown_names
from providers.slipway_s3.session import Session
from providers.slipway_s3.users import ROLE, User, Users, mark_of
from providers.wire import UNKNOWN, Secret, plain

_ACCESS_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,126}[A-Za-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9!_.()'-]+(/[A-Za-z0-9!_.()'-]+)*")


class Reader:
    """A user with one statement in the bucket's policy.

    With an admin API the user is made here, its secret key too; a user that is there already is taken over, with a new
    secret key, only if it bears this resource's mark: then an earlier run made it and was killed. Without an admin API
    the key is given, and only the statement is made.
    """

    INPUTS: ClassVar[tuple[str, ...]] = ("bucket", "prefix", "accessKey", "secretKey", "principal")
    REPLACES: ClassVar[frozenset[str]] = frozenset({"bucket", "accessKey"})
    NAMES: ClassVar[frozenset[str]] = frozenset({"accessKey"})

    def check(self, news: Values, session: Session | None) -> tuple[Values, list[Failure]]:
        """The inputs, and everything that is wrong with them."""
        inputs = {name: value for name, value in news.items() if value is not None}
        failures = unknown_names(inputs, self.INPUTS)
        values = plain(inputs)
        for name in ("bucket", "prefix", "accessKey"):
            if name not in values:
                failures.append(Failure(name, f"{name} is missing"))
        prefix = values.get("prefix", UNKNOWN)
        if prefix is not UNKNOWN and (why := prefix_refusal(prefix)):
            failures.append(Failure("prefix", f"{prefix!r} is no prefix: {why}"))
        key = values.get("accessKey", UNKNOWN)
        if key is not UNKNOWN and not (isinstance(key, str) and _ACCESS_KEY.fullmatch(key)):
            failures.append(Failure("accessKey", f"{key!r}: 4 to 128 of a-z, A-Z, 0-9, `.`, `_` and `-`"))
        if session is not None:
            failures += _key_failures(values, session)
        return inputs, failures

    def outputs(self, inputs: Values, session: Session | None) -> Values:
        """The inputs, and the secret key: given, or not known before the user is made."""
        del session
        return {**inputs, "secretKey": Secret(plain(inputs).get("secretKey", UNKNOWN))}

    def create(self, urn: str, inputs: Values, session: Session) -> tuple[str, Values]:
        """Makes the user, then its statement."""
        values = plain(inputs)
        id_ = f"{values['bucket']}/{values['accessKey']}"
        if session.users is None:
            session.policies.apply(values["bucket"], Change(add=(_statement(values),)))
            return id_, self.outputs(inputs, session)
        secret = _made(session.users, values["accessKey"], mark_of(urn), values["bucket"])
        outputs = {**inputs, "secretKey": Secret(secret)}
        try:
            session.policies.apply(values["bucket"], Change(add=(_statement(values),)))
        except SlipwayError as error:
            raise PartialFailureError(id_, outputs, inputs, [str(error)]) from error
        return id_, outputs

    def read(self, id_: str, inputs: Values, session: Session) -> Live | None:
        """What there is; None when the user is gone.

        A statement that is missing or not as it was made shows as a missing `prefix`, so that the next update puts it
        back.
        """
        bucket, _, key = id_.partition("/")
        values = {"bucket": bucket, "accessKey": key} | plain(inputs)
        user = session.users.all().get(key) if session.users else None
        if session.users and user is None:
            return None
        statements = _statements(bucket, session)
        if not inputs:
            found = [item for item in statements if policy.principals(item) == [key] and policy.is_ours(item)]
            if not found:
                return None
            values["prefix"] = policy.prefix_of(found[0])
        whole = (user is None or user.role == ROLE) and _statement(values) in statements
        live = {**inputs, "bucket": bucket, "accessKey": key, "prefix": values["prefix"]}
        outputs = {**live, "secretKey": Secret(user.secret if user else values.get("secretKey"))}
        if not whole:
            del live["prefix"]
        return Live(live, outputs)

    def update(self, urn: str, old: Values, inputs: Values, session: Session) -> Values:
        """Makes user and statement so, and removes the statement of the old prefix."""
        before, values = plain(old), plain(inputs)
        outputs = self.outputs(inputs, session)
        if session.users:
            secret = before.get("secretKey") or secret_key()
            if not session.users.reset(values["accessKey"], secret):
                session.users.create(User(values["accessKey"], secret, ROLE, mark_of(urn)))
            outputs["secretKey"] = Secret(secret)
        stale = {_sid(before)} - {_sid(values)}
        session.policies.apply(values["bucket"], Change(frozenset(stale), (_statement(values),)))
        return outputs

    def delete(self, outputs: Values, session: Session) -> None:
        """Removes the statement, then the user: a policy that names a user who is gone cannot be written."""
        values = plain(outputs)
        with suppress(s3.MissingBucketError):  # and its policy with it
            session.policies.apply(values["bucket"], Change(remove=frozenset({_sid(values)})))
        if session.users:
            session.users.delete(values["accessKey"])


def prefix_refusal(prefix: Any) -> str:
    """Why this cannot be a reader's prefix; empty when it can.

    Only characters that S3 calls safe in keys: a wildcard or a policy variable would let the reader read more.
    """
    if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
        return "names of a-z, A-Z, 0-9 and `!_.()'-` with a `/` between them, none at the ends"
    if any(set(part) == {"."} for part in prefix.split("/")):
        return "it has a part of dots only"
    return "it has more than 512 characters" if len(prefix) > 512 else ""


def _key_failures(values: Values, session: Session) -> list[Failure]:
    failures = []
    if session.config.admin_endpoint:
        if "secretKey" in values:
            why = "the provider has an adminEndpoint, so it makes the key itself; leave secretKey out"
            failures.append(Failure("secretKey", why))
    elif not values.get("secretKey"):
        why = "the provider has no adminEndpoint, so the reader's key must be made elsewhere and given as a secret"
        failures.append(Failure("secretKey", why))
    if values.get("accessKey") == session.store.access_key:
        failures.append(Failure("accessKey", "this is the key the provider itself works with"))
    return failures


def _made(users: Users, name: str, mark: int, bucket: str) -> str:
    """Makes the user, or takes over the one a killed run has made; returns its new secret key."""
    secret = secret_key()
    if users.create(User(name, secret, ROLE, mark)):
        return secret
    there = users.all().get(name)
    if there is None or there.mark != mark or not users.reset(name, secret):
        why = "the server has a user of this name already, and this resource did not make it"
        fix = f"choose another, or import it: pulumi import slipway-s3:index:Reader NAME {bucket}/{name}"
        raise SlipwayError("accessKey", name, why, fix)
    return secret


def _principal(values: Values) -> str:
    return str(values.get("principal") or values["accessKey"])


def _sid(values: Values) -> str:
    return policy.sid(_principal(values), values["prefix"])


def _statement(values: Values) -> policy.Statement:
    return policy.statement(values["bucket"], values["prefix"], _principal(values))


def _statements(bucket: str, session: Session) -> list[policy.Statement]:
    with suppress(s3.MissingBucketError):
        return session.statements(bucket)
    return []
