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
    return _ending(text, text, limit)


def joined_name(*parts: str, limit: int) -> str:
    """The parts with dashes between, as `safe_name` has it: `a-b` of `c` and `a` of `b-c` are two names.

    Args:
        parts: the names; where one after the first has a dash itself, a fingerprint of all of them follows.
        limit: of characters.
    """
    text = "-".join(parts)
    if any("-" in part for part in parts[1:]):
        return _ending(text, "/".join(parts), limit)
    return safe_name(text, limit)


def _ending(text: str, whole: str, limit: int) -> str:
    return f"{text[: limit - _DIGITS - 1].rstrip('-_.')}-{fingerprint(whole)}"
