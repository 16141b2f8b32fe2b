"""What is odd about iris flowers: single ones that are like none, or many that are unlike those it was trained with."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp
from sklearn.datasets import load_iris
from sklearn.ensemble import IsolationForest

SEED = 7
Rows = NDArray[np.float64]
Verdict = dict[str, Any]


class Outlier:
    """Flowers that a forest of random cuts isolates sooner than the flowers it knows.

    Args:
        contamination: share of the known flowers that it would call outliers.
    """

    def __init__(self, contamination: float = 0.01) -> None:
        self._forest = IsolationForest(contamination=contamination, random_state=SEED).fit(load_iris().data)

    def look(self, flowers: Rows) -> Verdict:
        """A verdict on each of the flowers, shape (n, 4); an outlier's score is below zero."""
        scores = self._forest.decision_function(flowers)
        return {"outliers": np.flatnonzero(scores < 0).tolist(), "scores": scores.round(4).tolist()}


class Drift:
    """Whether flowers are distributed as the known ones: a Kolmogorov-Smirnov test a measurement.

    Args:
        window: flowers looked at together.
        p_value: chance of a false alarm in a window; divided by the number of tests (Bonferroni).
    """

    def __init__(self, window: int = 50, p_value: float = 0.01) -> None:
        self._known = load_iris().data
        self._window = window
        self._p_value = p_value
        self._waiting: Rows = np.empty((0, self._known.shape[1]))

    def look(self, flowers: Rows) -> Verdict | None:
        """A verdict on the last full window, shape (n, 4) at a time; None while it is not full."""
        self._waiting = np.vstack([self._waiting, flowers])
        if len(self._waiting) < self._window:
            return None
        full, self._waiting = self._waiting[-self._window :], self._waiting[:0]
        p_values = [float(ks_2samp(full[:, at], self._known[:, at]).pvalue) for at in range(full.shape[1])]
        return {"drift": min(p_values) < self._p_value / len(p_values), "p_values": [round(p, 6) for p in p_values]}


Look = Callable[[Rows], Verdict | None]


def detector(kind: str, parameters: dict[str, Any], batch_size: int | None) -> Look:
    """What looks at the flowers.

    Args:
        kind: `outlier` or `drift`.
        parameters: the declaration's.
        batch_size: flowers looked at together, for drift.
    """
    if kind == "outlier":
        return Outlier(**parameters).look
    window = {} if batch_size is None else {"window": batch_size}
    return Drift(**window, **parameters).look


def flowers_of(body: dict[str, Any]) -> Rows:
    """The flowers of a request by the open inference protocol, shape (n, 4).

    Raises:
        ValueError: there are none in it.
    """
    try:
        return np.array(body["inputs"][0]["data"], dtype=np.float64).reshape(-1, 4)
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("no flowers in it") from error
