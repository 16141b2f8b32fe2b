"""Parts of KServe's manifests, read into slots: containers, resources, the extension of a component."""

import json
from typing import Any, TypeVar

from pydantic import ValidationError

from catalog.quantity import quantity
from components.serving import fields
from components.serving.engines.context import EngineFacts
from components.serving.engines.kserve import scaling
from components.serving.engines.kserve.pods import STORAGE_URI
from components.serving.fields.leaves import joined
from components.serving.importing.base import Difference, NoPlace, Rejected
from components.serving.importing.reading import Reading
from components.serving.spec import PayloadLogging, Resources, Scaling, Uri
from components.serving.spec.artifact import Image
from components.serving.spec.kserve_parts import AutoScaling, Logger, Slot
from components.serving.spec.scaling import Concurrency, Cpu, Memory, Metric, PrometheusQuery, RequestRate

EMPTY = "empty: KServe takes it as if it were not there"
AS_TEXT = "a quantity: the webhook writes a number as text"
NAMED = "the webhook gives the container the name kserve-container"
SlotType = TypeVar("SlotType", bound=Slot)


def slot(kind: type[SlotType], reading: Reading, key: str) -> SlotType | None:
    """A field as one of KServe's typed parts; what the part does not have has no place."""
    value = reading.take(key)
    return None if value is None else slot_of(kind, value, reading.at(key), reading)


def slot_of(kind: type[SlotType], value: Any, path: str, reading: Reading) -> SlotType | None:
    """A value as one of KServe's typed parts.

    Args:
        kind: the part.
        value: as JSON has it.
        path: where it is.
        reading: whose notes are written.
    """
    try:
        return kind.model_validate_json(json.dumps(value), by_alias=True, by_name=False)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            where = path
            for key in details["loc"]:
                where = f"{where}[{key}]" if isinstance(key, int) else joined(where, key)
            if details["type"] == "extra_forbidden":
                reading.notes.problems.append(NoPlace(where, "KServe has no such field"))
            else:
                reading.notes.problems.append(Rejected(where, "CRD", details["msg"]))
        return None


def slots(kind: type[SlotType], reading: Reading, key: str) -> tuple[SlotType, ...] | None:
    """A list of typed parts; None where it is absent or empty."""
    values = reading.take(key)
    if values == []:
        reading.differ(key, EMPTY)
    found = [slot_of(kind, value, f"{reading.at(key)}[{at}]", reading) for at, value in enumerate(values or [])]
    return tuple(one for one in found if one is not None) or None


def part(table: str, value: dict[str, Any], path: str, reading: Reading) -> dict[str, Any]:
    """What has no field of its own, if Kubernetes has it: a piece of a PodSpec or a Container."""
    good = dict(value)
    for error in fields.errors_at(table, value, path, custom=True):
        if error.reason is fields.Reason.MISSING and "[" not in error.path.removeprefix(path):
            continue
        key = error.path.removeprefix(f"{path}.").partition(".")[0].partition("[")[0]
        good.pop(key, None)
        if error.reason is fields.Reason.UNKNOWN_FIELD:
            reading.notes.problems.append(NoPlace(error.path, "neither KServe nor Kubernetes has such a field"))
        else:
            reading.notes.problems.append(Rejected(error.path, "CRD", str(error.reason)))
    return good


def texts(reading: Reading, key: str) -> dict[str, str]:
    """Labels or annotations; no others than texts are taken by Kubernetes."""
    value = reading.take(key)
    if value == {}:
        reading.differ(key, EMPTY)
    good = {}
    for name, text in (value or {}).items():
        if isinstance(text, str):
            good[name] = text
        elif text is not None:
            problem = Rejected(joined(reading.at(key), name), "CRD", "a label or an annotation is a text")
            reading.notes.problems.append(problem)
    return good


def scalar(reading: Reading, key: str, kind: type) -> Any:
    """A field of one plain type; None where it is absent."""
    value = reading.take(key)
    if value is None or type(value) is kind:
        return value
    reading.reject(key, "CRD", f"not of type {kind.__name__}")
    return None


def container(reading: Reading, *, storage_env: bool) -> dict[str, Any]:
    """Args, variables, resources and the rest of a container, as fields of a node.

    Args:
        reading: of the container, without what belongs to the model in it.
        storage_env: the first variable may be where the model's files are.
    """
    made: dict[str, Any] = {}
    raw: dict[str, Any] = {}
    for key in ("args", "env", "resources"):
        value = reading.take(key)
        if value in ([], {}):
            reading.differ(key, EMPTY)
        elif value is not None:
            raw[key] = value
    if isinstance(raw.get("args"), list) and all(isinstance(arg, str) for arg in raw["args"]):
        made["args"] = tuple(raw.pop("args"))
    variables = raw.get("env")
    if storage_env and isinstance(variables, list) and _is_storage(variables[0]):
        made["artifact"] = Uri(uri=variables[0]["value"])
        variables = variables[1:]
        raw["env"] = variables
    if (env := _env(variables)) is not None:
        made["env"] = env
        raw.pop("env", None)
    elif variables is not None and "artifact" in made:
        # The builder puts it before the others; a raw list says everything itself.
        raw["env"] = [{"name": STORAGE_URI, "value": made.pop("artifact").uri}, *variables]
    if "resources" in raw:
        made["resources"], rest = _resources(raw.pop("resources"), reading)
        if rest:
            raw["resources"] = rest
    made["container"] = part("Container", raw | reading.rest(), reading.path, reading)
    return {key: value for key, value in made.items() if value not in ((), {})}


def _is_storage(variable: Any) -> bool:
    return (
        isinstance(variable, dict)
        and variable.keys() == {"name", "value"}
        and variable["name"] == STORAGE_URI
        and isinstance(variable["value"], str)
        and variable["value"] != ""
    )


def _env(variables: Any) -> dict[str, Any] | None:
    """Variables by name, in their order; None where a list says more than that."""
    if not isinstance(variables, list):
        return None
    found: dict[str, Any] = {}
    for variable in variables:
        if not isinstance(variable, dict) or not isinstance(name := variable.get("name"), str) or name in found:
            return None
        match {key: value for key, value in variable.items() if key != "name"}:
            case {"value": str(value), **rest} if not rest:
                found[name] = value
            case {"valueFrom": dict(source), **rest} if not rest:
                found[name] = source
            case rest if not rest:
                found[name] = None
            case _:
                return None
        if not _is_name(name):
            return None
    return found


def _is_name(name: str) -> bool:
    head, tail = name[:1], name[1:]
    return (head.isalpha() or head == "_") and name.isascii() and all(c.isalnum() or c in "_.-" for c in tail)


def _resources(value: dict[str, Any], reading: Reading) -> tuple[Resources, dict[str, Any]]:
    """Requests and limits, and what else there is; a quantity without quotes becomes a text."""
    path = reading.at("resources")
    sides: dict[str, dict[str, str]] = {}
    rest = {key: inner for key, inner in value.items() if key not in ("requests", "limits")}
    for side in ("requests", "limits"):
        amounts = value.get(side)
        if amounts is None:
            continue
        if not isinstance(amounts, dict) or not all(isinstance(one, str | int | float) for one in amounts.values()):
            rest[side] = amounts
            continue
        if not amounts:
            reading.differ(f"resources.{side}", EMPTY)
        sides[side] = {}
        for name, amount in amounts.items():
            if not isinstance(amount, str):
                reading.notes.differences.append(Difference(path=joined(f"{path}.{side}", name), rule=AS_TEXT))
            sides[side][name] = str(amount)
    return _neutral(sides.get("requests", {}), sides.get("limits", {})), rest


def _neutral(requests: dict[str, str], limits: dict[str, str]) -> Resources:
    made: dict[str, Any] = {}
    if _positive(requests.get("cpu")):
        made["cpu"] = requests.pop("cpu")
    if _positive(requests.get("memory")) and "memory" in limits:
        made["memory"] = requests.pop("memory")
        if limits["memory"] == made["memory"]:
            del limits["memory"]
    return Resources(**made, requests=requests, limits=limits)


def _positive(amount: str | None) -> bool:
    try:
        return amount is not None and quantity(amount) > 0
    except ValueError:
        return False


def extension(reading: Reading) -> dict[str, Any]:
    """The fields that all components have beyond their pods, as KServe has them."""
    keys = ("scaleTarget", "scaleMetric", "scaleMetricType", "autoScaling", "containerConcurrency", "timeout",
            "canaryTrafficPercent", "batcher", "deploymentStrategy")  # fmt: skip
    return {key: reading.take(key) for key in keys if reading.has(key)}


def logger(reading: Reading) -> tuple[PayloadLogging | None, Logger | None]:
    """The logger: url and mode alone have a common place."""
    value = reading.take("logger")
    if value is None:
        return None, None
    if (
        isinstance(value, dict)
        and value.keys() <= {"url", "mode"}
        and value.get("mode") in ("all", "request", "response")
    ):
        url = value.get("url")
        if url is None or (isinstance(url, str) and url):
            return PayloadLogging(url=url, mode=value["mode"]), None
    return None, slot_of(Logger, value, reading.at("logger"), reading)


_ONE: dict[str, Any] = {"cpu": Cpu, "memory": Memory, "concurrency": Concurrency, "rps": RequestRate}


def metrics(found: dict[str, Any], autoscaler: str | None) -> tuple[tuple[Metric, ...], dict[str, Any]]:
    """Metrics that have a common place, taken out of the extension; only such that are built again as they are.

    Args:
        found: the extension; what is taken leaves it.
        autoscaler: class of the autoscaler in Standard mode.
    """
    said = found.keys() & {"scaleMetric", "scaleTarget", "scaleMetricType", "autoScaling"}
    try:
        if said == {"scaleMetric", "scaleTarget"}:
            target = found["scaleTarget"]
            kind = _ONE[found["scaleMetric"]]
            wanted = Scaling(metrics=(kind(target=target if kind in (Cpu, Memory) else float(target)),))
        elif said == {"autoScaling"}:
            wanted = _listed(found["autoScaling"])
        else:
            return (), {}
        built = scaling.metrics(wanted, autoscaler, EngineFacts())
    except (KeyError, TypeError, ValueError):
        return (), {}
    if built != {key: found[key] for key in said}:
        return (), {}
    for key in said:
        del found[key]
    return wanted.metrics, wanted.behavior


def _listed(value: Any) -> Scaling:
    read = AutoScaling.model_validate_json(json.dumps(value), by_alias=True, by_name=False)
    return Scaling(metrics=tuple(_metric(one.written()) for one in read.metrics or ()), behavior=read.behavior or {})


def _metric(one: dict[str, Any]) -> Metric:
    if one["type"] == "Resource":
        name, share = one["resource"]["name"], one["resource"]["target"]["averageUtilization"]
        return Memory(target=share) if name == "memory" else Cpu(target=share)
    query = one["external"]["metric"]
    return PrometheusQuery(
        query=query["query"], target=float(one["external"]["target"]["value"]), server=query.get("serverAddress")
    )


def image(reading: Reading) -> Image | None:
    """The image of a container, if it says one."""
    reference = scalar(reading, "image", str)
    return Image(reference=reference) if reference else None
