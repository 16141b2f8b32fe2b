"""Trains a classifier of iris species and writes it as MLServer reads it.

    .venv/bin/python examples/iris/train.py DIRECTORY [--c STRENGTH]

The same arguments give the same bytes, so the same digest: `slipway artifact push iris DIRECTORY` stores it once.
"""

import argparse
import json
from pathlib import Path

import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split


def train(c: float) -> tuple[LogisticRegression, float]:
    """The fitted classifier and its accuracy on the fifth of the flowers that it has not seen."""
    features, species = load_iris(return_X_y=True)
    seen, unseen, answers, truth = train_test_split(features, species, test_size=0.2, stratify=species, random_state=7)
    model = LogisticRegression(C=c, max_iter=1000).fit(seen, answers)
    # The last digits depend on the processor; without them every machine writes the same file.
    model.coef_ = model.coef_.round(6)
    model.intercept_ = model.intercept_.round(6)
    return model, float(model.score(unseen, truth))


def save(model: LogisticRegression, c: float, directory: Path) -> None:
    """Writes `model.joblib` and MLServer's `model-settings.json`."""
    directory.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, directory / "model.joblib")
    settings = {
        "name": "iris",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": "./model.joblib", "version": f"c-{c:g}"},
    }
    (directory / "model-settings.json").write_text(json.dumps(settings, indent=2) + "\n")


def main() -> None:
    """Trains, saves, and says how good it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--c", type=float, default=1.0, help="inverse of the regularization strength (default: 1)")
    options = parser.parse_args()
    model, accuracy = train(options.c)
    save(model, options.c, options.directory)
    print(f"{options.directory}: accuracy {accuracy:.3f} on 30 flowers it has not seen")


if __name__ == "__main__":
    main()
