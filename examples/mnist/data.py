"""Handwritten digits of 28 x 28 pixels: scikit-learn's own small ones by default, or MNIST itself."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import zoom
from sklearn.datasets import load_digits

SIDE = 28
Images = NDArray[np.float32]
Labels = NDArray[np.int64]


def digits() -> tuple[Images, Labels]:
    """1,797 digits of scikit-learn's (8 x 8, 16 grey levels), scaled up: shape (n, 784), from 0 to 1. No download."""
    small = load_digits()
    factor = SIDE / small.images.shape[1]
    large = zoom(small.images, (1, factor, factor), order=1) / small.images.max()
    return large.reshape(-1, SIDE * SIDE).astype(np.float32), small.target.astype(np.int64)


def mnist() -> tuple[Images, Labels]:
    """The 70,000 digits of MNIST, in the same shape; Keras downloads them (11 MB) into its own cache."""
    import keras

    (seen, answers), (unseen, truth) = keras.datasets.mnist.load_data()
    images = np.concatenate([seen, unseen]).reshape(-1, SIDE * SIDE).astype(np.float32) / 255
    return images, np.concatenate([answers, truth]).astype(np.int64)


SOURCES = {"digits": digits, "mnist": mnist}
