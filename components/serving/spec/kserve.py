"""What KServe alone knows: the slots of a declaration that its builder reads."""

from catalog.plain import Plain


class KServe(Plain):
    """Of the whole InferenceService."""


class KServePredictor(Plain):
    """Of one predictor: the stable one, or a canary."""


class KServeNode(Plain):
    """Of one component."""


class KServeExplainer(Plain):
    """Of an explainer."""
