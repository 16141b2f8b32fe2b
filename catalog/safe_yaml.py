"""What reads YAML without making anything but plain values of it."""

from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Of libyaml where it is built, which is ten times as fast."""
