"""What plain Kubernetes alone knows: the slots of a declaration that its builder reads."""

from catalog.plain import Plain


class PlainEngine(Plain):
    """Of all objects of a declaration."""


class PlainNode(Plain):
    """Of one Deployment."""
