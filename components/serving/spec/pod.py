"""Parts of a pod: Kubernetes' own field names, passed whole, and what is said in our own words: resources."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from catalog.gpu import Sharing
from catalog.machines import Accelerator
from catalog.plain import Plain, Refusal
from catalog.quantity import quantity


def _is_quantity(value: str) -> str:
    try:
        positive = quantity(value) > 0
    except ValueError as error:
        raise Refusal(value, "not a Kubernetes quantity", "give one such as 500m, 2 or 1.5Gi") from error
    if not positive:
        raise Refusal(value, "a pod cannot ask for nothing", "give a quantity above zero")
    return value


Quantity = Annotated[str, AfterValidator(_is_quantity)]
EnvName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$")]


def part(table: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Refuses what a type does not have. The tables are read only where a declaration has such a part.

    Args:
        table: of the field tables: `Container`, `seldon1.Trigger`.
    """

    def check(value: dict[str, Any]) -> dict[str, Any]:
        from components.serving import fields

        for error in fields.errors_at(table, value):
            # A part is merged over what a builder makes, map by map: what it does not say itself is no error.
            if error.reason is fields.Reason.MISSING and "[" not in error.path:
                continue
            refusal = error.as_refusal()
            raise Refusal(refusal.path, f"{refusal.why} (type {table})", refusal.fix)
        return value

    return check


ContainerPart = Annotated[dict[str, Any], AfterValidator(part("Container"))]
"""Fields of a Kubernetes Container, by its own names."""
PodPart = Annotated[dict[str, Any], AfterValidator(part("PodSpec"))]
"""Fields of a Kubernetes PodSpec, by its own names."""
EnvSource = Annotated[dict[str, Any], AfterValidator(part("EnvVarSource"))]
"""Where the value of a variable comes from: `{"secretKeyRef": {"name": ..., "key": ...}}`."""
Env = dict[EnvName, str | EnvSource | None]
"""Variables: a value, a source of one, or None for one without a value."""


class Accelerators(Plain):
    """What one replica needs of an accelerator.

    Attributes:
        count: whole accelerators, or slices where `mig` or `shared` is given.
        mig: profile of a MIG slice, such as `1g.10gb`.
        shared: a time slice of an accelerator of a pool that shares it.
    """

    kind: Annotated[Accelerator, Field(strict=False)]
    count: Annotated[int, Field(ge=1, le=16)] = 1
    mig: str | None = None
    shared: bool = False

    @property
    def sharing(self) -> Sharing:
        """As a pool would have to share them, where each partition is named by its profile; by how many, it says."""
        return Sharing(mig=self.mig, strategy="mixed", shares=1 if self.shared else None)


class Resources(Plain):
    """What one replica asks for.

    Attributes:
        cpu: cores requested, as a quantity.
        memory: bytes requested, as a quantity; it is the limit too, unless `limits` says another.
        requests: more requests, by Kubernetes' names.
        limits: limits, by Kubernetes' names.
    """

    cpu: Quantity | None = None
    memory: Quantity | None = None
    accelerators: Accelerators | None = None
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}


class SecretRef(Plain):
    """A secret by name, never its value: a Secret of the model's namespace, which the cloud's store fills.

    Attributes:
        key: of the value inside it.
    """

    name: Annotated[str, Field(min_length=1)]
    key: str = "value"
