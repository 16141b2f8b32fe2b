"""Secret keys of users of an S3 server."""

import secrets

_BYTES = 20


def secret_key() -> str:
    """A new one, in hexadecimal digits: a dash at its beginning would be an option of the command that is given it."""
    return secrets.token_hex(_BYTES)
