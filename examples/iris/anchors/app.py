"""Explains the species of iris flowers by anchors: rules under which the answer nearly always stays the same.

Parameters: `threshold`, the precision that a rule must have.

Alibi 0.9.4 is the last release under Apache-2.0; it holds other packages back, so it has an image of its own.
"""

from typing import Any

import numpy as np
import serve
from alibi.explainers import AnchorTabular
from numpy.typing import NDArray
from sklearn.datasets import load_iris

SEED = 7


def anchor_tabular(model: serve.Model, flowers: serve.Rows, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """The shortest rule found, how often it holds the answer, and for which share of the flowers it speaks."""

    def species_of(rows: serve.Rows) -> NDArray[np.int64]:
        return model.probabilities(np.atleast_2d(rows)).argmax(axis=1)

    explainer = AnchorTabular(species_of, list(serve.FEATURES), seed=SEED)
    explainer.fit(load_iris().data, disc_perc=(25, 50, 75))
    found = []
    for flower, species in zip(flowers, species_of(flowers), strict=True):
        rule = explainer.explain(flower, threshold=parameters.get("threshold", 0.95))
        found.append(
            {
                "species": serve.SPECIES[species],
                "anchor": list(rule.anchor),
                "precision": float(np.ravel(rule.precision)[0]),
                "coverage": float(rule.coverage),
            }
        )
    return found


if __name__ == "__main__":
    serve.run({"anchor_tabular": anchor_tabular})
