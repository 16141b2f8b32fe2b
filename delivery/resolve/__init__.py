"""What a mutable reference means now: one module a source, each with the source's own client.

The clients are imported when they are asked: `slipway check` and `slipway up` do without.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable

from catalog.errors import SlipwayError


def today() -> str:
    """The date of an entry that is made now, ISO 8601."""
    return dt.datetime.now(dt.UTC).date().isoformat()


def listing_digest(rows: Iterable[tuple[str, int, str]]) -> str:
    """The digest of files that lie elsewhere: of their paths, sizes in bytes and the source's own checksums."""
    document = json.dumps(sorted(rows), separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(document.encode()).hexdigest()}"


def unreachable(reference: str, where: str, error: object) -> SlipwayError:
    """Nobody answered."""
    return SlipwayError(reference, "", f"{where} cannot be reached: {_innermost(error)}", "ask again where it can be")


def denied(reference: str, where: str, fix: str) -> SlipwayError:
    """Whoever asked may not know."""
    return SlipwayError(reference, "", f"{where} does not tell it without the right credentials", fix)


class AbsentError(SlipwayError):
    """The source was asked, and does not have it."""


def missing(reference: str, why: str, fix: str) -> AbsentError:
    """The source does not have it."""
    return AbsentError(reference, "", why, fix)


def not_installed(reference: str, package: str) -> SlipwayError:
    """The source's client is in a group of packages that can be left out."""
    return SlipwayError(
        reference, package, "the client that can resolve it is not installed", "install it: uv sync --group locks"
    )


def _innermost(error: object) -> str:
    """What began it: clients wrap the error of a socket several times."""
    while isinstance(error, Exception):
        inner = [getattr(error, "reason", None), getattr(error, "cause", None), *error.args[:1]]
        deeper = next((each for each in inner if isinstance(each, Exception)), None)
        if deeper is None:
            break
        error = deeper
    text = next(iter(str(error).splitlines()), "") or type(error).__name__
    text = text.partition("): ")[2] or text if text.startswith("HTTP") else text
    return re.sub(r"//[^/@\s]+@", "//", text)  # a URL may have a password in it
