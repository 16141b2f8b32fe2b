"""A declared part laid over what the builder makes: the declaration wins."""

from collections.abc import Mapping, Sequence
from typing import Any

# Lists whose elements have a name of their own: as Kubernetes' strategic merge patch joins them.
_KEYS = {
    "containers": ("name",),
    "env": ("name",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "ports": ("containerPort", "port"),
    "topologySpreadConstraints": ("topologyKey",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
}
# Maps whose keys stand for themselves. Others, such as a probe or a strategy, are one choice each and are replaced.
_MAPS = frozenset({"annotations", "labels", "limits", "nodeSelector", "requests", "resources", "securityContext"})


def laid_over(made: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """The made object with the declared part over it; neither is changed.

    Args:
        made: what the builder makes.
        part: fields by Kubernetes' names. Named elements join the list they belong to, tolerations are added, maps of
            labels and amounts are joined, everything else is replaced.
    """
    result = dict(made)
    for key, value in part.items():
        before = result.get(key)
        if key in _KEYS and before:
            result[key] = _joined(before, value, _KEYS[key])
        elif key == "tolerations" and before:
            result[key] = [*before, *(item for item in value if item not in before)]
        elif key in _MAPS and isinstance(before, Mapping) and isinstance(value, Mapping):
            result[key] = laid_over(before, value)
        else:
            result[key] = value
    return result


def _joined(made: Sequence[Any], part: Sequence[Any], keys: tuple[str, ...]) -> list[Any]:
    def name(item: Mapping[str, Any]) -> Any:
        return next((item[key] for key in keys if key in item), None)

    over = {name(item): item for item in part}
    kept = [laid_over(item, over.pop(name(item))) if name(item) in over else item for item in made]
    return [*kept, *(item for item in part if name(item) in over)]
