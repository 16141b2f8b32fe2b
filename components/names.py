"""Physical names of what other systems refer to: the same on every run, and never longer than allowed."""

import hashlib

_DIGITS = 8


def fingerprint(text: str) -> str:
    """A few digits that stand for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def safe_name(text: str, limit: int) -> str:
    """The text, or its beginning with a fingerprint of all of it: two long names never become one.

    Args:
        text: the name as it would be.
        limit: of characters.
    """
    if len(text) <= limit:
        return text
    return f"{text[: limit - _DIGITS - 1].rstrip('-_.')}-{fingerprint(text)}"
