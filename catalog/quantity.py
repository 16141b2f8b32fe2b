"""Kubernetes quantities (`500m`, `1.5Gi`): read, compared, added.

Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from decimal import Decimal

_DECIMAL = {
    suffix: Decimal(10) ** power for suffix, power in zip(("k", "M", "G", "T", "P", "E"), range(3, 21, 3), strict=True)
}
_BINARY = {f"{s.upper()}i": Decimal(2) ** power for s, power in zip("kmgtpe", range(10, 70, 10), strict=True)}
_SUFFIXES = {"": Decimal(1), "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3")} | _DECIMAL | _BINARY
_FORM = re.compile(
    r"^(?P<number>\d+(?:\.\d+)?)(?:e(?P<exponent>-?\d+)|(?P<suffix>n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?)$"
)


def quantity(text: str) -> Decimal:
    """The number a quantity stands for (cores, bytes, devices).

    Raises:
        ValueError: the text is no non-negative quantity.
    """
    match = _FORM.match(text)
    if not match:
        raise ValueError(f"{text!r} is no Kubernetes quantity such as 500m, 2 or 1.5Gi")
    number = Decimal(match["number"])
    if match["exponent"]:
        return number.scaleb(int(match["exponent"]))
    return number * _SUFFIXES[match["suffix"] or ""]
