"""Where the stand-in may run: only for an engine whose home and state Slipway made itself."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

MESSAGE = "stand-in: nothing would exist"
MARKER = "made-by-slipway"


def allows(environment: Mapping[str, str]) -> bool:
    """Whether these variables are those of Slipway's own engine.

    `SLIPWAY_STANDIN_HOME` is `PULUMI_HOME`, that directory holds the file `made-by-slipway`, and `PULUMI_BACKEND_URL`
    is a directory (`file://`) beside it.
    """
    home, named = environment.get("PULUMI_HOME", ""), environment.get("SLIPWAY_STANDIN_HOME", "")
    backend = urlsplit(environment.get("PULUMI_BACKEND_URL", ""))
    if not home or not named or backend.scheme != "file" or backend.netloc:
        return False
    folder = Path(home).resolve()
    inside = Path(unquote(backend.path)).resolve().is_relative_to(folder.parent)
    return folder == Path(named).resolve() and (folder / MARKER).is_file() and inside
