"""The words of Seldon Core 2 for what a declaration says: one table each, read by builder, rules and import.

Sources: seldon-core v2.6.0, operator/apis/mlops/v1alpha1/; the capabilities of the two Servers that it ships:
operator/config/serverconfigs/; the explainers: MLServer's alibi-explain runtime.
"""

from typing import Final

from components.serving.spec import Format, Method, Protocol

ENGINE: Final = "seldon2"
API_VERSION: Final = "mlops.seldon.io/v1alpha1"

SERVERS: Final = {
    "mlserver": (
        "mlserver", "alibi-detect", "alibi-explain", "huggingface", "lightgbm", "mlflow", "python", "sklearn",
        "spark-mlib", "xgboost",
    ),
    "triton": ("triton", "dali", "fil", "onnx", "openvino", "python", "pytorch", "tensorflow", "tensorrt"),
}  # fmt: skip
"""The Servers that it ships, with their capabilities."""

REQUIREMENTS: Final = {
    Format.SKLEARN: ("mlserver", "sklearn"),
    Format.XGBOOST: ("mlserver", "xgboost"),
    Format.LIGHTGBM: ("mlserver", "lightgbm"),
    Format.MLFLOW: ("mlserver", "mlflow"),
    Format.HUGGINGFACE: ("mlserver", "huggingface"),
    Format.TENSORFLOW: ("triton", "tensorflow"),
    Format.PYTORCH: ("triton", "pytorch"),
    Format.ONNX: ("triton", "onnx"),
    Format.TRITON: ("triton",),
}
"""What a Model of each format requires. Without a server's own name in it, some would fit on both."""

DETECTOR: Final = ("mlserver", "alibi-detect")
EXPLAIN: Final = "alibi-explain"
"""What the scheduler demands of an explainer's Server by itself."""

METHODS: Final = {
    Method.ANCHOR_TABULAR: "anchor_tabular",
    Method.ANCHOR_IMAGES: "anchor_image",
    Method.ANCHOR_TEXT: "anchor_text",
    Method.COUNTERFACTUALS: "counterfactuals",
    Method.CONTRASTIVE: "contrastive",
    Method.KERNEL_SHAP: "kernel_shap",
    Method.TREE_SHAP: "tree_shap",
    Method.INTEGRATED_GRADIENTS: "integrated_gradients",
    Method.ALE: "ALE",
}

PROTOCOLS: Final = (Protocol.V2,)

UNRESOLVED: Final = "unresolved:"
"""Stands for an artifact whose place the stack has not said yet."""
# Of a Pipeline whose only node has no name.
NAMELESS: Final = "model"
EXPLAINER: Final = "explainer"

MESH: Final = "seldon-mesh"
"""The Service that all requests go to; https://docs.seldon.io/projects/seldon-core/en/v2/contents/inference/."""
MESH_PORT: Final = 80
ROUTING_HEADER: Final = "Seldon-Model"


def format_of(needs: tuple[str, ...]) -> Format | None:
    """The format of a Model by what it requires; None where that names none.

    Args:
        needs: capabilities.
    """
    by_capability = {required[-1]: known for known, required in REQUIREMENTS.items() if len(required) > 1}
    found = [by_capability[one] for one in needs if one in by_capability]
    if found:
        return found[0]
    return Format.TRITON if "triton" in needs else None
