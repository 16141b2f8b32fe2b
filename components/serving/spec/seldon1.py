"""What Seldon Core 1 alone knows: the slots of a declaration that its builder reads."""

from catalog.plain import Plain


class Seldon1(Plain):
    """Of the whole SeldonDeployment."""


class Seldon1Predictor(Plain):
    """Of one predictor."""


class Seldon1Node(Plain):
    """Of one node of the graph."""


class Seldon1Explainer(Plain):
    """Of an explainer."""
