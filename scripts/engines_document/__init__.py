"""docs/engines.md, from what the code does: `python -m scripts.engines_document`."""
