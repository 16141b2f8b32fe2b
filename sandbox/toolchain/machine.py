"""The machine that tools are made for, in Go's words."""

import platform
from dataclasses import dataclass

from catalog.errors import SlipwayError

_SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Machine:
    """An operating system and a processor: `linux` or `darwin`, `amd64` or `arm64`."""

    system: str
    architecture: str

    def __str__(self) -> str:
        """As Go writes it: `linux/amd64`."""
        return f"{self.system}/{self.architecture}"


def this_machine() -> Machine:
    """The machine this runs on.

    Raises:
        SlipwayError: Slipway's tools are not made for it.
    """
    system, architecture = platform.system(), platform.machine()
    if system not in _SYSTEMS or architecture not in _ARCHITECTURES:
        raise SlipwayError(
            "this machine",
            f"{system} {architecture}",
            "the sandbox's tools are made for Linux and macOS on x86_64 and arm64",
            "run Slipway on one of these, or use a cluster of your own (kind: existing)",
        )
    return Machine(_SYSTEMS[system], _ARCHITECTURES[architecture])
