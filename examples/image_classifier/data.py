"""Pictures of 32 x 32 pixels in three colours: drawn shapes by default, or CIFAR-10."""

import numpy as np
from numpy.typing import NDArray

SIDE = 32
SHAPES = ("circle", "square", "triangle")
PICTURES = 1_500
SEED = 20_260_101
Images = NDArray[np.float32]
Labels = NDArray[np.int64]


def shapes() -> tuple[Images, Labels]:
    """Shapes at random places, in random sizes and colours, with noise: shape (n, 32, 32, 3), from 0 to 1.

    They are made up, with a fixed seed: nothing is downloaded.
    """
    random = np.random.default_rng(SEED)
    labels = random.integers(0, len(SHAPES), PICTURES)
    return np.stack([_drawn(int(label), random) for label in labels]).astype(np.float32), labels


def _drawn(shape: int, random: np.random.Generator) -> NDArray[np.float64]:
    radius = random.uniform(6, 11)
    y, x = np.mgrid[:SIDE, :SIDE] - random.uniform(radius, SIDE - radius, 2)[:, None, None]
    inside = (
        x**2 + y**2 <= radius**2,
        np.maximum(abs(x), abs(y)) <= radius * 0.8,
        (y <= radius / 2) & (y >= 3**0.5 * abs(x) - radius),
    )[shape]
    background, colour = random.uniform(0, 0.4, 3), random.uniform(0.6, 1, 3)
    picture = np.where(inside[..., None], colour, background)
    return np.clip(picture + random.normal(0, 0.05, picture.shape), 0, 1)


def cifar10() -> tuple[Images, Labels]:
    """The 60,000 pictures of CIFAR-10 in ten classes, in the same shape; Keras downloads them (170 MB)."""
    import keras

    (seen, answers), (unseen, truth) = keras.datasets.cifar10.load_data()
    labels = np.concatenate([answers, truth]).reshape(-1).astype(np.int64)
    return np.concatenate([seen, unseen]).astype(np.float32) / 255, labels


SOURCES = {"shapes": shapes, "cifar10": cifar10}
