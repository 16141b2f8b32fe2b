"""Fits the coefficients that `linear_regression.py` predicts with, and writes `coefficients.json` beside it.

    uv run python examples/linear_regression/train.py

The data are scikit-learn's own copy of the diabetes study of Efron, Hastie, Johnstone and Tibshirani (442 patients, ten
measurements in their own units, and a measure of the disease a year later): nothing is downloaded.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split


def fit() -> tuple[dict[str, object], float]:
    """What is shipped, and the share of the variance that it explains on the fifth of the patients it has not seen."""
    data = load_diabetes(scaled=False)
    seen, unseen, answers, truth = train_test_split(data.data, data.target, test_size=0.2, random_state=7)
    model = LinearRegression().fit(seen, answers)
    # The last digits depend on the processor; without them every machine writes the same file.
    model.coef_, model.intercept_ = model.coef_.round(6), float(np.round(model.intercept_, 6))
    document = {
        "intercept": model.intercept_,
        "coefficients": dict(zip(data.feature_names, model.coef_.tolist(), strict=True)),
    }
    return document, float(model.score(unseen, truth))


def main() -> None:
    """Fits, writes, and says how good it is."""
    document, explained = fit()
    path = Path(__file__).with_name("coefficients.json")
    path.write_text(json.dumps(document, indent=2) + "\n")
    print(f"{path}: explains {explained:.0%} of the variance of patients it has not seen")


if __name__ == "__main__":
    main()
