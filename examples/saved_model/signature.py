"""Writes what an exported model takes and gives, as TensorFlow itself says it once it has loaded the model.

    uv run --no-project --python 3.11 --with-requirements examples/saved_model/requirements.txt \\
        python examples/saved_model/signature.py DIRECTORY FILE

DIRECTORY has one directory a version, as TensorFlow Serving reads it; the last one is loaded.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import tensorflow as tf


def signatures(directory: Path) -> dict[str, Any]:
    """Inputs and outputs of every signature by name: type and shape, with null for any number."""
    version = max(directory.iterdir(), key=lambda path: int(path.name))
    loaded = tf.saved_model.load(version)
    return {name: _of(function) for name, function in sorted(loaded.signatures.items())}


def _of(function: Any) -> dict[str, Any]:
    return {
        "inputs": {name: _tensor(spec) for name, spec in sorted(function.structured_input_signature[1].items())},
        "outputs": {name: _tensor(spec) for name, spec in sorted(function.structured_outputs.items())},
    }


def _tensor(spec: tf.TensorSpec) -> dict[str, Any]:
    return {"dtype": spec.dtype.name, "shape": spec.shape.as_list()}


def main() -> None:
    """Loads and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    document = {"tensorflow": tf.__version__, "signatures": signatures(options.directory)}
    options.file.write_text(json.dumps(document, indent=2) + "\n")
    print(f"{options.file}: {', '.join(document['signatures'])}")


if __name__ == "__main__":
    main()
