"""What lies beside our own build of Pulumi: the language host."""

from pathlib import Path

# The cache is shared by all clones, so the interpreter is found when the host starts, not when it is installed.
# -P: a folder of the user's that happens to be called "sandbox" is not ours.
LANGUAGE_HOST = """\
#!/bin/sh
# Slipway's language host for Python programs, out of the clone whose interpreter the environment names.
python="${SLIPWAY_PYTHON:-${PULUMI_PYTHON_CMD:-python3}}"
exec "$python" -P -c '
import sys
try:
    from sandbox.toolchain.language_host.server import main
except ImportError as error:
    fix = "set SLIPWAY_PYTHON to .venv/bin/python of a clone, or start Pulumi by `slipway pulumi`"
    sys.exit(f"pulumi-language-python: {sys.executable} cannot run Slipway ({error}): {fix}")
main()
' "$@"
"""


def language_host(directory: Path) -> None:
    """Installs the language host into the directory of a Pulumi of ours."""
    path = directory / "pulumi-language-python"
    path.write_text(LANGUAGE_HOST)
    path.chmod(0o755)
