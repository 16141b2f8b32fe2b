"""Declarations that break one rule of Seldon Core 2 each, and the same ones mended."""

from tests.serving.seldon2.server_cases import RULES
from tests.serving.seldon2.trap_cases import TRAPS
from tests.serving.seldon2.unsupported_cases import UNSUPPORTED

CASES = [*RULES, *TRAPS, *UNSUPPORTED]
