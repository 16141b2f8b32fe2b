"""Writes docs/engines.md: python -m scripts.engines_document."""

from scripts.engines_document.page import TARGET, text

if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
