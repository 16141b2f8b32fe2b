"""Fits the coefficients that `app.py` predicts with, and writes `coefficients.json` beside it.

    uv run python examples/house_price/train.py

The houses are made up: price = 60,000 + 2,900 * area + 8,500 * rooms - 1,400 * age + noise, in euros, with normal noise
of 12,000. The seed is fixed, so that the file is the same each time.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HOUSES = 2_000
SEED = 20_260_101
FEATURES = ("area_m2", "rooms", "age_years")


def houses() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Features, shape (HOUSES, 3), and prices in euros, shape (HOUSES,)."""
    random = np.random.default_rng(SEED)
    area = random.uniform(25, 300, HOUSES)
    rooms = np.clip(np.round(area / 28 + random.normal(0, 1, HOUSES)), 1, 12)
    age = random.uniform(0, 120, HOUSES)
    price = 60_000 + 2_900 * area + 8_500 * rooms - 1_400 * age + random.normal(0, 12_000, HOUSES)
    return np.column_stack([area, rooms, age]), price


def fit(features: NDArray[np.float64], price: NDArray[np.float64]) -> tuple[float, list[float]]:
    """Intercept and one coefficient a feature, by least squares."""
    design = np.column_stack([np.ones(len(features)), features])
    solution = np.linalg.lstsq(design, price, rcond=None)[0]
    return round(float(solution[0]), 4), [round(float(value), 4) for value in solution[1:]]


def main() -> None:
    """Fits on four fifths of the houses and says how far the rest is missed."""
    features, price = houses()
    seen = HOUSES * 4 // 5
    intercept, coefficients = fit(features[:seen], price[:seen])
    missed = np.abs(features[seen:] @ np.array(coefficients) + intercept - price[seen:])
    document = {"intercept": intercept, "coefficients": dict(zip(FEATURES, coefficients, strict=True))}
    path = Path(__file__).with_name("coefficients.json")
    path.write_text(json.dumps(document, indent=2) + "\n")
    print(f"{path}: off by {missed.mean():,.0f} EUR in the mean, on {HOUSES - seen} houses it has not seen")


if __name__ == "__main__":
    main()
