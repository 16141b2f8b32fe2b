"""Trains a support vector machine that tells three cultivars of wine by thirteen measurements.

    uv run python examples/svm/train.py DIRECTORY [--c STRENGTH]

The data are scikit-learn's own copy of the UCI wine data (178 wines): nothing is downloaded.
`slipway artifact push svm DIRECTORY` stores it; the sandbox does both by itself.
"""

import argparse
from pathlib import Path

import joblib
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


def train(c: float) -> tuple[Pipeline, float]:
    """The fitted pipeline and its accuracy on the fifth of the wines that it has not seen."""
    data = load_wine()
    names = data.target_names[data.target]
    seen, unseen, answers, truth = train_test_split(data.data, names, test_size=0.2, stratify=names, random_state=7)
    model = make_pipeline(StandardScaler(), SVC(C=c)).fit(seen, answers)
    return model, float(model.score(unseen, truth))


def main() -> None:
    """Trains, saves, and says how good it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--c", type=float, default=1.0, help="inverse of the regularization strength (default: 1)")
    options = parser.parse_args()
    model, accuracy = train(options.c)
    options.directory.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, options.directory / "model.joblib")
    print(f"{options.directory}: accuracy {accuracy:.3f} on 36 wines it has not seen")


if __name__ == "__main__":
    main()
