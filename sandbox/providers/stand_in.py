"""What the stand-ins have in common."""

DOMAIN = "stand-in.invalid"
"""Hosts of what a stand-in cloud only says it made; the top-level domain is reserved never to exist (RFC 2606)."""


def is_stand_in(host: str) -> bool:
    """Whether a host is of a stand-in cloud, so that nothing answers there."""
    return host == DOMAIN or host.endswith(f".{DOMAIN}")
