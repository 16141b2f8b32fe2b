"""What Seldon Core 2 alone knows: the slots of a declaration that its builder reads."""

from catalog.plain import Plain


class Seldon2(Plain):
    """Of all objects of a declaration."""


class Seldon2Node(Plain):
    """Of one node, which becomes a Model."""


class Seldon2Explainer(Plain):
    """Of an explainer."""
