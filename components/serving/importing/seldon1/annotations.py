"""Annotations that have fields of their own; each is taken for one only where the builder writes it the same again."""

from typing import Any

from components.serving.engines.seldon1 import words
from components.serving.spec.seldon1 import Ambassador, Istio, Seldon1, Seldon1Predictor

_GROUPS: dict[str, Any] = {"": Seldon1, "istio": Istio, "ambassador": Ambassador}


def common_and_slot(annotations: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of `exposure`, and those of the slot `seldon1`, that `spec.annotations` give.

    Args:
        annotations: as in the manifest.
    """
    left = dict(annotations)
    exposure: dict[str, Any] = {}
    rest, grpc = left.get(words.REST_TIMEOUT), left.get(words.GRPC_TIMEOUT)
    if rest is not None and rest == grpc and (seconds := _seconds(rest)):
        exposure["timeout_seconds"] = seconds
        del left[words.REST_TIMEOUT], left[words.GRPC_TIMEOUT]
    if (host := left.get(words.ISTIO_HOST)) and "," not in host and host != "*":
        exposure["host"] = left.pop(words.ISTIO_HOST)
    found: dict[str, dict[str, Any]] = {group: {} for group in _GROUPS}
    for field, key in words.ANNOTATIONS.items():
        group, _, name = field.rpartition(".")
        value = _typed(_GROUPS[group], name, left.get(key))
        if value is not None:
            found[group][name] = value
            del left[key]
    slot = found[""] | {group: _GROUPS[group](**found[group]) for group in ("istio", "ambassador") if found[group]}
    return exposure, slot | ({"annotations": left} if left else {})


def of_predictor(annotations: dict[str, str]) -> tuple[dict[str, str], dict[str, Any]]:
    """The annotations of a predictor without those that its slot says, and the slot's fields."""
    left, slot = dict(annotations), {}
    for name, key in words.PREDICTOR_ANNOTATIONS.items():
        value = _typed(Seldon1Predictor, name, left.get(key))
        if value is not None:
            slot[name] = value
            del left[key]
    return left, slot


def _seconds(milliseconds: str) -> int | None:
    number = _number(milliseconds)
    return number // 1000 if number and number % 1000 == 0 and number <= 86_400_000 else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and str(int(text)) == text else None


def _typed(slot: Any, name: str, text: str | None) -> int | bool | str | None:
    """The value of a field that is written as this text; None where none is."""
    if text is None:
        return None
    kinds = str(slot.model_fields[name].annotation)
    if "bool" in kinds:
        return True if text == "true" else None
    return _number(text) if "int" in kinds else text
