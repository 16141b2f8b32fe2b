"""Bucket policies: one document a bucket, in which every reader has one statement.

Statements are told apart by their Sid. Those of other hands are never touched. `PolicyWriter` merges what arrives
within some milliseconds into one write: 300 readers of one bucket are a handful of requests.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from catalog.errors import SlipwayError


class RefusedPolicyError(SlipwayError):
    """The server does not take this policy; another one it may."""


Statement = Mapping[str, Any]

SID_PREFIX = "SlipwayReader"
ACTIONS = ("s3:GetObject", "s3:GetObjectVersion")
"""All a reader may: no listing, so it learns nothing of its neighbours."""

_VERSION = "2012-10-17"


@dataclass(frozen=True)
class Change:
    """What one resource wants of the policy.

    Args:
        remove: Sids that must not be there.
        add: statements that must, instead of any with the same Sid.
    """

    remove: frozenset[str] = frozenset()
    add: tuple[Statement, ...] = ()


def sid(principal: str, prefix: str) -> str:
    """The Sid of a reader's statement; letters and digits only, as S3 wants it."""
    return SID_PREFIX + hashlib.sha256(f"{principal}\n{prefix}".encode()).hexdigest()[:20]


def statement(bucket: str, prefix: str, principal: str) -> Statement:
    """What lets `principal` read the objects below `prefix`, and nothing else."""
    return {
        "Sid": sid(principal, prefix),
        "Effect": "Allow",
        "Principal": {"AWS": [principal]},
        "Action": list(ACTIONS),
        "Resource": [f"arn:aws:s3:::{bucket}/{prefix}/*"],
    }


def principals(item: Statement) -> list[str]:
    """Whom a statement is about, in whichever of its forms."""
    named = item.get("Principal", [])
    if isinstance(named, dict):
        named = named.get("AWS", [])
    return [named] if isinstance(named, str) else list(named)


def is_ours(item: Statement) -> bool:
    """Whether a reader's statement is one of Slipway's."""
    return str(item.get("Sid", "")).startswith(SID_PREFIX)


def prefix_of(item: Statement) -> str:
    """The prefix that a reader's statement lets it read."""
    resource = str(next(iter(item["Resource"])))
    return resource.partition(":::")[2].partition("/")[2].removesuffix("/*")


def parse(document: str) -> dict[str, Any]:
    """A policy as it came from the server; an empty one for an empty text."""
    policy: dict[str, Any] = json.loads(document) if document else {"Version": _VERSION, "Statement": []}
    if isinstance(policy.get("Statement"), dict):  # S3 takes a single statement without a list
        policy["Statement"] = [policy["Statement"]]
    return policy


def merge(policy: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """The policy after the changes, in their order; what they do not name stays as it is."""
    statements: list[Statement] = list(policy["Statement"])
    for change in changes:
        names = change.remove | {str(item["Sid"]) for item in change.add}
        if [item for item in statements if item.get("Sid") in names] != list(change.add):
            statements = [item for item in statements if item.get("Sid") not in names] + list(change.add)
    return {**policy, "Statement": statements}


class PolicyWriter:
    """Applies changes to bucket policies, many at a time.

    The first caller for a bucket waits a moment, then writes what has gathered in one go, and again until nothing is
    left; the others wait for it. Two processes that change one bucket's policy at the same moment can still undo each
    other's change: S3 has no conditional write for policies.

    Args:
        read: gives the policy document of a bucket, empty where there is none.
        write: replaces it; None removes it.
        gather_s: how long the first caller waits for others, in seconds.
    """

    def __init__(
        self,
        read: Callable[[str], str],
        write: Callable[[str, dict[str, Any] | None], None],
        gather_s: float = 0.02,
    ) -> None:
        self._read, self._write, self._gather_s = read, write, gather_s
        self._lock = threading.Lock()
        self._waiting: dict[str, list[tuple[Change, Future[None]]]] = {}

    def apply(self, bucket: str, change: Change) -> None:
        """Returns once the change is in the policy; raises what reading or writing raised."""
        done: Future[None] = Future()
        with self._lock:
            leads = bucket not in self._waiting
            self._waiting.setdefault(bucket, []).append((change, done))
        if leads:
            self._lead(bucket)
        done.result()

    def _lead(self, bucket: str) -> None:
        while True:
            time.sleep(self._gather_s)
            with self._lock:
                batch, self._waiting[bucket] = self._waiting[bucket], []
                if not batch:
                    del self._waiting[bucket]
                    return
            self._write_batch(bucket, batch)

    def _write_batch(self, bucket: str, batch: list[tuple[Change, Future[None]]]) -> None:
        try:
            self._write_all(bucket, [change for change, _ in batch])
        except RefusedPolicyError as error:
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            for one in batch:  # one of them is at fault; the others must not suffer for it
                self._write_batch(bucket, [one])
        except Exception as error:  # noqa: BLE001 - it belongs to the callers, whatever it is
            for _, done in batch:
                done.set_exception(error)
        else:
            for _, done in batch:
                done.set_result(None)

    def _write_all(self, bucket: str, changes: list[Change]) -> None:
        before = parse(self._read(bucket))
        after = merge(before, changes)
        if after != before:
            self._write(bucket, after if after["Statement"] else None)
