"""What a mutable reference means now: one module a source, each with the source's own client."""

import datetime as dt


def today() -> str:
    """The date of an entry that is made now, ISO 8601."""
    return dt.datetime.now(dt.UTC).date().isoformat()
