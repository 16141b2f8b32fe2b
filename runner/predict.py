"""One request to a model, by the way that its stack offers."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from catalog.errors import SlipwayError
from components.serving.engines.plain.workload import predictor_name
from components.serving.spec import ModelDeployment
from runner import cluster, status
from sandbox.providers.kubernetes.client import ApiError
from stacks.settings import Settings, from_file, stack_file


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """A model's answer.

    Attributes:
        url: what was asked.
        body: the answer, JSON where it is JSON.
        seconds: how long it took.
    """

    model: str
    url: str
    body: Any
    seconds: float


def predict(stack: str, name: str, data: Path | None) -> Prediction:
    """Sends a model its sample request, or the JSON of a file.

    Raises:
        SlipwayError: there is nothing to send, the model is simulated, or it does not answer.
    """
    settings = from_file(stack_file(stack))
    model = status.declaration(settings, name, stack)
    path, body = _request(model, data)
    state = status.models(stack, name)[0]
    if state.simulated:
        missing = cluster.without_pods(settings)
        why = f"no pod runs in this sandbox, which is missing: {'; '.join(missing)}; " if missing else ""
        raise SlipwayError(
            "MODEL", name, f"{why}it is placed on a simulated node: scheduled for real, never run, never answered for",
            "run as root on Linux" if missing else "ask it in a stack whose cluster has the accelerator",
        )  # fmt: skip
    started = time.monotonic()
    base = status.gateway_url(settings)
    if base is None:
        url, answer = _through_api_server(stack, settings, model, path, body)
    else:
        url = f"{base}{model.path}{path}"
        answer = _post(url, model.exposure.host, body, state, stack)
    return Prediction(model=name, url=url, body=answer, seconds=time.monotonic() - started)


def with_samples(stack: str) -> set[str]:
    """The models of a stack that can be asked without being told what."""
    return {model.name for model in from_file(stack_file(stack)).declarations() if model.sample}


def _request(model: ModelDeployment, data: Path | None) -> tuple[str, Any]:
    if model.sample is None:
        raise SlipwayError("MODEL", model.name, "its declaration has no sample request", "add `sample=`")
    if data is None:
        return model.sample.path, model.sample.body
    try:
        return model.sample.path, json.loads(data.read_text())
    except OSError as error:
        raise SlipwayError("--data", str(data), f"it cannot be read: {error.strerror}", "give a JSON file") from error
    except ValueError as error:
        raise SlipwayError("--data", str(data), f"it is not JSON: {error}", "give a JSON file") from error


def _post(url: str, host: str | None, body: Any, state: status.ModelStatus, stack: str) -> Any:
    headers = {"Content-Type": "application/json", **({"Host": host} if host else {})}
    try:
        answer = urllib3.PoolManager(retries=urllib3.Retry(connect=3, backoff_factor=0.2)).request(
            "POST", url, body=json.dumps(body), headers=headers, timeout=30
        )
    except urllib3.exceptions.HTTPError as error:
        fix = f"is the stack up? slipway status -s {stack}"
        raise SlipwayError(url, "", f"nothing answered: {error}", fix) from error
    if answer.status >= 400:
        reason = state.reasons[-1] if state.reasons else answer.data.decode(errors="replace").strip()[:300]
        fix = f"slipway status {state.name} -s {stack}; slipway logs {state.name} -s {stack}"
        raise SlipwayError(url, f"HTTP {answer.status}", reason, fix)
    return _decoded(answer.data)


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")


def _through_api_server(
    stack: str, settings: Settings, model: ModelDeployment, path: str, body: Any
) -> tuple[str, Any]:
    """By the API server's proxy of the Service: slow, and enough for one request."""
    service = predictor_name(model, model.predictors[0])
    where = f"/api/v1/namespaces/{model.team}/services/{service}:http/proxy{path}"
    client = cluster.client(stack, settings)
    try:
        return f"{client.access.server}{where}", client.request("POST", where, body=body).document
    except ApiError as error:
        fix = f"slipway status {model.name} -s {stack}"
        raise SlipwayError(where, f"HTTP {error.code}", error.message, fix) from error
