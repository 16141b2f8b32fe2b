"""Where Slipway keeps its things on this machine."""

import os
from pathlib import Path

import platformdirs

CLONE = Path(__file__).resolve().parent.parent


def state_dir() -> Path:
    """What belongs to this clone: `$SLIPWAY_STATE`, or `.slipway` in the clone."""
    return Path(os.environ.get("SLIPWAY_STATE") or CLONE / ".slipway").absolute()


def cache_dir() -> Path:
    """What can be made again and is shared by all clones: `$SLIPWAY_CACHE`, or the user's cache directory."""
    return Path(os.environ.get("SLIPWAY_CACHE") or platformdirs.user_cache_dir("slipway", appauthor=False)).absolute()
