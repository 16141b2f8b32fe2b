"""What goes into the state: the live object with its secrets marked, or what a preview can foresee of it."""

from typing import Any

from providers.wire import UNKNOWN, Secret, mark, plain, secret_paths

_ASSIGNED = ("uid", "resourceVersion", "creationTimestamp", "generation")
_MOVING = ("resourceVersion", "generation")


def of_live(live: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    """The outputs for an object: all of it but the field managers, secret where the inputs are.

    Args:
        live: the object from the API server.
        inputs: the checked inputs, secrets marked.
    """
    metadata = {key: value for key, value in live.get("metadata", {}).items() if key != "managedFields"}
    return _marked({**live, "metadata": metadata}, inputs)


def foreseen(document: dict[str, Any], inputs: dict[str, Any], *, exists: bool) -> dict[str, Any]:
    """The outputs a preview can promise; what the API server assigns is not known yet.

    Args:
        document: the answer to the dry run, or the plain inputs where there was none.
        inputs: the checked inputs, secrets marked.
        exists: whether this is an update: the object has its uid already.
    """
    outputs = of_live(document, inputs)
    assigned = _MOVING if exists else _ASSIGNED
    outputs["metadata"] = outputs["metadata"] | dict.fromkeys(assigned, UNKNOWN)
    outputs["status"] = UNKNOWN
    if document.get("kind") == "Service" and not exists:
        outputs["spec"] = _addresses(outputs.get("spec"), plain(inputs.get("spec")))
    return outputs


def hidden(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs with what is a secret by its kind marked: the data of a Secret."""
    if inputs.get("kind") != "Secret" or inputs.get("apiVersion") != "v1":
        return inputs
    data = {key: Secret(plain(inputs[key])) for key in ("data", "stringData") if plain(inputs.get(key)) is not None}
    return {**inputs, **data}


def _marked(document: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    document = mark(document, secret_paths(inputs))
    return hidden(document)


def _addresses(spec: Any, wanted: Any) -> Any:
    """A Service's spec without the addresses that a dry run draws and gives back."""
    if not isinstance(spec, dict) or not isinstance(wanted, dict):
        return spec
    drawn: dict[str, Any] = {key: UNKNOWN for key in ("clusterIP", "clusterIPs") if key not in wanted}
    ports = wanted.get("ports")
    if wanted.get("type") in ("NodePort", "LoadBalancer") and isinstance(ports, list):
        drawn["ports"] = [{"nodePort": UNKNOWN, **port} for port in ports]
    return spec | drawn
