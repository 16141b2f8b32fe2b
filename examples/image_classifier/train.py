"""Trains a network that tells what is on a picture, and exports it as TensorFlow Serving reads it.

    uv run --no-project --python 3.11 --with-requirements examples/saved_model/requirements.txt \\
        python examples/image_classifier/train.py DIRECTORY [--data cifar10]

Without `--data` it learns drawn circles, squares and triangles, and downloads nothing.
`slipway artifact push image-classifier DIRECTORY` stores it.
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
    """The fitted network and its accuracy on the fifth of the pictures that it has not seen."""
    keras.utils.set_random_seed(SEED)
    images, labels = data.SOURCES[source]()
    seen, unseen, answers, truth = train_test_split(images, labels, test_size=0.2, stratify=labels, random_state=SEED)
    model = keras.Sequential(
        [
            keras.Input((data.SIDE, data.SIDE, 3)),
            keras.layers.Conv2D(16, 3, strides=2, activation="relu"),
            keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(len(np.unique(labels)), activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(seen, answers, epochs=epochs, batch_size=64, verbose=0)
    return model, float(np.mean(model.predict(unseen, verbose=0).argmax(axis=1) == truth))


def export(model: keras.Model, directory: Path) -> None:
    """Writes version 1, with the signature that is asked where a request names none."""
    module = tf.Module()
    module.model = model

    @tf.function(input_signature=[tf.TensorSpec([None, data.SIDE, data.SIDE, 3], tf.float32, name="images")])
    def classify(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"probabilities": model(images)}

    tf.saved_model.save(module, directory / "1", {"serving_default": classify})


def main() -> None:
    """Trains, exports, and says how good it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--data", choices=sorted(data.SOURCES), default="shapes")
    parser.add_argument("--epochs", type=int, default=25)
    options = parser.parse_args()
    model, accuracy = train(options.data, options.epochs)
    export(model, options.directory)
    print(f"{options.directory}: accuracy {accuracy:.3f} on pictures it has not seen")


if __name__ == "__main__":
    main()
