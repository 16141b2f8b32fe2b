"""Explains the species of iris flowers: by Shapley values, or by LIME.

Parameters: `background`, how many typical flowers an absent measurement is replaced from (SHAP); `samples`, flowers
around the explained one (LIME).
"""

from typing import Any

import serve
from sklearn.datasets import load_iris

SEED = 7


def kernel_shap(model: serve.Model, flowers: serve.Rows, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """How much each measurement moves the probability of the species away from its mean; the parts add up."""
    import shap

    background = shap.kmeans(load_iris().data, parameters.get("background", 10))
    # Made for every request: its mean is of the version of the model that answers now.
    explainer = shap.KernelExplainer(model.probabilities, background)
    probabilities = model.probabilities(flowers)
    values = explainer.shap_values(flowers, silent=True)
    found = []
    for at, species in enumerate(probabilities.argmax(axis=1)):
        found.append(
            {
                "species": serve.SPECIES[species],
                "probability": float(probabilities[at, species]),
                "mean": float(explainer.expected_value[species]),
                "parts": dict(zip(serve.FEATURES, values[at, :, species].tolist(), strict=True)),
            }
        )
    return found


def lime(model: serve.Model, flowers: serve.Rows, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """A linear model of the species' probability around the flower, and how well it fits there."""
    from lime.lime_tabular import LimeTabularExplainer

    explainer = LimeTabularExplainer(
        load_iris().data, feature_names=serve.FEATURES, discretize_continuous=False, random_state=SEED
    )
    probabilities = model.probabilities(flowers)
    found = []
    for at, species in enumerate(probabilities.argmax(axis=1).tolist()):
        local = explainer.explain_instance(
            flowers[at],
            model.probabilities,
            labels=(species,),
            num_features=len(serve.FEATURES),
            num_samples=parameters.get("samples", 500),
        )
        weights = {serve.FEATURES[feature]: float(weight) for feature, weight in local.as_map()[species]}
        found.append(
            {
                "species": serve.SPECIES[species],
                "probability": float(probabilities[at, species]),
                "weights": weights,
                "fit": float(local.score),
            }
        )
    return found


if __name__ == "__main__":
    serve.run({"kernel_shap": kernel_shap, "lime": lime})
