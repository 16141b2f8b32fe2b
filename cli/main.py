"""`slipway`: the one command, and how it ends. Until it runs it needs nothing but Python: a package may be missing."""

import errno
import os
import sys
from pathlib import Path

from catalog.errors import SeveralErrors, SlipwayError
from catalog.garbage import collect_rarely

COMMANDS = {
    "artifact": "cli.artifact",
    "bootstrap": "cli.bootstrap",
    "check": "cli.check",
    "destroy": "cli.destroy",
    "down": "cli.down",
    "engines": "cli.engines",
    "env": "cli.env",
    "graph": "cli.graph",
    "image": "cli.image",
    "import": "cli.import_",
    "kubeconfig": "cli.kubeconfig",
    "lock": "cli.lock",
    "logs": "cli.logs",
    "predict": "cli.predict",
    "preflight": "cli.preflight",
    "preview": "cli.preview",
    "promote": "cli.promote",
    "pulumi": "cli.pulumi",
    "render": "cli.render",
    "sandbox": "cli.sandbox",
    "status": "cli.status",
    "toolchain": "cli.toolchain",
    "up": "cli.up",
    "upgrade": "cli.upgrade",
}

# What a file system refuses, wherever it is met.
_REFUSALS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make room, or name another disk by SLIPWAY_STATE and SLIPWAY_CACHE"),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR),
        "make it writable for you, or name another directory by SLIPWAY_STATE or SLIPWAY_CACHE",
    ),
}


def main(arguments: list[str] | None = None) -> None:
    """Runs one command; every refusal is one clear error and exit code 2."""
    collect_rarely()
    try:
        from cli import group

        sys.exit(group.run(arguments))
    except (SlipwayError, SeveralErrors) as error:
        _say(error)
        sys.exit(2)
    except (ModuleNotFoundError, OSError) as error:
        if (known := _of_the_machine(error)) is None:
            raise
        _say(known)
        sys.exit(2)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)


def _of_the_machine(error: ModuleNotFoundError | OSError) -> SlipwayError | None:
    """The error as one of this machine, None where it is a mistake of ours."""
    if isinstance(error, ModuleNotFoundError):
        name = error.name or ""
        if (Path(__file__).parents[1] / name.partition(".")[0]).is_dir():
            return None
        why = f"this package is not installed in {sys.prefix}"
        return SlipwayError("Python", name, why, "make it anew: rm -rf .venv && make setup")
    fix = _REFUSALS.get(error.errno or 0)
    return SlipwayError(str(error.filename or "disk"), "", error.strerror or "", fix) if fix else None


def _say(error: SlipwayError | SeveralErrors) -> None:
    errors = error.errors if isinstance(error, SeveralErrors) else [error]
    for one in errors:
        found = f" ({one.value})" if one.value else ""
        print(f"{_coloured('error:', '1;31')} {one.path}{found}: {one.why}", file=sys.stderr)
        print(f"  {_coloured('fix:', '32')} {one.fix}", file=sys.stderr)


def _coloured(word: str, code: str) -> str:
    return f"\033[{code}m{word}\033[0m" if sys.stderr.isatty() and not os.environ.get("NO_COLOR") else word
