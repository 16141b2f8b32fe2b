"""How requests come to a model: one HTTPRoute with weights, copies and headers."""

from collections.abc import Sequence
from typing import Any

from components.serving.engines.context import BuildContext
from components.serving.engines.plain.workload import detector_name, explainer_name, predictor_name, serves_grpc
from components.serving.spec import HeaderMatch, ModelDeployment, Predictor

HTTP_PORT = 80
GRPC_PORT = 9000
# A gRPC path names no model, so that a header does: `slipway-model: <team>/<model>`.
GRPC_HEADER = "slipway-model"


def route_spec(model: ModelDeployment, context: BuildContext) -> dict[str, Any]:
    """The HTTPRoute's spec: header rules first, then everybody else; explanations below `<path>/explain`."""
    gateway, namespace = context.gateway or ("gateway", "slipway-system")
    rules = [rule for header in model.exposure.headers for rule in _rules(model, _named(model, header), header)]
    live = [predictor for predictor in model.predictors if not predictor.shadow]
    return {
        "parentRefs": [{"name": gateway, "namespace": namespace}],
        **({"hostnames": [model.exposure.host]} if model.exposure.host else {}),
        "rules": [*rules, *_rules(model, live, None)],
    }


def _named(model: ModelDeployment, header: HeaderMatch) -> list[Predictor]:
    return [predictor for predictor in model.predictors if predictor.name == header.predictor]


def _rules(model: ModelDeployment, to: Sequence[Predictor], header: HeaderMatch | None) -> list[dict[str, Any]]:
    """The rules that lead to these predictors: explanations, gRPC, predictions."""
    rules = []
    if explained := [predictor for predictor in to if predictor.explainer]:
        backends = [(explainer_name(model, p), p) for p in explained]
        rules.append(_rule(model, f"{model.path}/explain", "/explain", _backends(backends, HTTP_PORT), header))
    if grpc := [predictor for predictor in to if serves_grpc(model, predictor.graph)]:
        backends = [(predictor_name(model, p), p) for p in grpc]
        rules.append(_grpc_rule(model, _backends(backends, GRPC_PORT), header))
    backends = [(predictor_name(model, p), p) for p in to]
    rules.append(_rule(model, model.path, "/", _backends(backends, HTTP_PORT), header, mirrors(model)))
    return rules


def _rule(
    model: ModelDeployment,
    path: str,
    seen: str,
    backends: list[dict[str, Any]],
    header: HeaderMatch | None,
    copies: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """One rule; the container sees the path with `seen` instead of the prefix."""
    match: dict[str, Any] = {"path": {"type": "PathPrefix", "value": path}}
    if header:
        match["headers"] = [_header(header.name, header.value)]
    rewrite = {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": seen}}
    return {
        "matches": [match],
        "filters": [{"type": "URLRewrite", "urlRewrite": rewrite}, *copies],
        "backendRefs": backends,
        **_timeouts(model),
    }


def _grpc_rule(model: ModelDeployment, backends: list[dict[str, Any]], header: HeaderMatch | None) -> dict[str, Any]:
    headers = [_header(GRPC_HEADER, f"{model.team}/{model.name}")]
    if header:
        headers.append(_header(header.name, header.value))
    copies = [
        _mirror(predictor_name(model, predictor), GRPC_PORT, predictor.traffic)
        for predictor in model.predictors
        if predictor.shadow and serves_grpc(model, predictor.graph)
    ]
    return {
        "matches": [{"headers": headers}],
        **({"filters": copies} if copies else {}),
        "backendRefs": backends,
        **_timeouts(model),
    }


def mirrors(model: ModelDeployment) -> list[dict[str, Any]]:
    """The filters that copy requests: to the shadow, and to every detector."""
    shadows = [
        _mirror(predictor_name(model, predictor), HTTP_PORT, predictor.traffic)
        for predictor in model.predictors
        if predictor.shadow
    ]
    return [*shadows, *(_mirror(detector_name(model, detector), HTTP_PORT, None) for detector in model.detectors)]


def _mirror(service: str, port: int, percent: int | None) -> dict[str, Any]:
    share = {} if percent is None else {"percent": percent}
    return {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": service, "port": port}, **share}}


def _backends(named: Sequence[tuple[str, Predictor]], port: int) -> list[dict[str, Any]]:
    """Shares are said only where there are several."""
    if len(named) == 1:
        return [{"name": named[0][0], "port": port}]
    return [{"name": name, "port": port, "weight": predictor.traffic or 0} for name, predictor in named]


def _header(name: str, value: str) -> dict[str, str]:
    return {"type": "Exact", "name": name, "value": value}


def _timeouts(model: ModelDeployment) -> dict[str, Any]:
    seconds = model.exposure.timeout_seconds
    return {} if seconds is None else {"timeouts": {"request": f"{seconds}s"}}
