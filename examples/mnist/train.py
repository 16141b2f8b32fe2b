"""Trains a network that reads handwritten digits, and exports it as TensorFlow Serving reads it.

    uv run --no-project --python 3.11 --with-requirements examples/saved_model/requirements.txt \\
        python examples/mnist/train.py DIRECTORY [--data mnist]

Without `--data` it learns scikit-learn's small digits, scaled to MNIST's 28 x 28 pixels, and downloads nothing.
`slipway artifact push mnist DIRECTORY` stores it.
"""

import argparse
from pathlib import Path

import data
import keras
import numpy as np
import tensorflow as tf
from sklearn.model_selection import train_test_split

SEED = 7


def train(source: str, epochs: int) -> tuple[keras.Model, float]:
    """The fitted network and its accuracy on the fifth of the digits that it has not seen."""
    keras.utils.set_random_seed(SEED)
    images, labels = data.SOURCES[source]()
    seen, unseen, answers, truth = train_test_split(images, labels, test_size=0.2, stratify=labels, random_state=SEED)
    model = keras.Sequential(
        [
            keras.Input((data.SIDE * data.SIDE,)),
            keras.layers.Reshape((data.SIDE, data.SIDE, 1)),
            keras.layers.Conv2D(16, 5, strides=2, activation="relu"),
            keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(seen, answers, epochs=epochs, batch_size=64, verbose=0)
    return model, float(np.mean(model.predict(unseen, verbose=0).argmax(axis=1) == truth))


def export(model: keras.Model, directory: Path) -> None:
    """Writes version 1, with the signature that Seldon Core's MNIST sample asks for."""
    module = tf.Module()
    module.model = model

    @tf.function(input_signature=[tf.TensorSpec([None, data.SIDE * data.SIDE], tf.float32, name="images")])
    def predict_images(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"scores": model(images)}

    signatures = {"predict_images": predict_images, "serving_default": predict_images}
    tf.saved_model.save(module, directory / "1", signatures)


def main() -> None:
    """Trains, exports, and says how good it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--data", choices=sorted(data.SOURCES), default="digits")
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args()
    model, accuracy = train(options.data, options.epochs)
    export(model, options.directory)
    print(f"{options.directory}: accuracy {accuracy:.3f} on digits it has not seen")


if __name__ == "__main__":
    main()
