"""What was measured with material that is not part of this repository; docs/engines.md shows it."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parents[1] / "docs" / "measured.json"


def read() -> dict[str, Any]:
    """All figures, by what was measured."""
    found: dict[str, Any] = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}
    return found


def write(what: str, figures: dict[str, Any]) -> None:
    """Records figures of today in place of the former ones.

    Args:
        what: was measured.
        figures: as JSON has them.
    """
    dated = {"date": dt.datetime.now(dt.UTC).date().isoformat()} | figures
    TARGET.write_text(json.dumps(read() | {what: dated}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
