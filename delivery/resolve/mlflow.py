"""A model of an MLflow registry by its alias: which version it is, and where its files are."""

import os
from collections.abc import Callable

from catalog.errors import SlipwayError
from delivery.resolve import denied, missing, not_installed, unreachable
from stacks.locks import LockEntry

_SERVERS = ("MLFLOW_REGISTRY_URI", "MLFLOW_TRACKING_URI")
# MLflow's own defaults wait for minutes where nobody answers: https://mlflow.org/docs/latest/api_reference/python_api/mlflow.environment_variables.html
_SETTINGS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_DISABLE_TELEMETRY": "true",  # nobody asked to be counted
}


def resolve(model: str, alias: str, files: Callable[[str], LockEntry]) -> LockEntry:
    """The version that an alias means, with the files of it where they lie.

    Args:
        model: its registered name.
        alias: of a version.
        files: gives the entry of a place that engines fetch from, `s3://` or `gs://`.

    Raises:
        SlipwayError: no registry is named, it cannot be reached or has no such version, or no engine fetches its files.
    """
    reference = f"models:/{model}@{alias}"
    if not any(os.environ.get(name) for name in _SERVERS):
        fix = f"set {_SERVERS[1]} to the URL of your MLflow"
        raise SlipwayError(reference, "", "nothing says which MLflow registry is meant", fix)
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    version, place = _asked(reference, model, alias)
    if not place.startswith(("s3://", "gs://")):
        raise SlipwayError(
            reference, place, "no engine fetches files from there",
            "download them, and put them into the store: slipway artifact push NAME PATH",
        )  # fmt: skip
    return files(place).model_copy(update={"reference": reference, "version": version})


def _asked(reference: str, model: str, alias: str) -> tuple[str, str]:
    """The version, and the URI of its files."""
    try:
        from mlflow import MlflowClient, get_registry_uri
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise not_installed(reference, "mlflow-skinny") from error
    where = _without_password(get_registry_uri())
    try:
        registry = MlflowClient()
        found = registry.get_model_version_by_alias(model, alias)
        return str(found.version), registry.get_model_version_download_uri(model, found.version)
    except MlflowException as error:
        match error.error_code:
            case "RESOURCE_DOES_NOT_EXIST" | "INVALID_PARAMETER_VALUE":
                why = f"{where} has no version of {model} with the alias {alias}"
                raise missing(reference, why, "give one of its versions this alias") from error
            case "PERMISSION_DENIED" | "UNAUTHENTICATED":
                raise denied(reference, where, "set MLFLOW_TRACKING_TOKEN, or its user and password") from error
        raise unreachable(reference, where, error) from error


def _without_password(uri: str) -> str:
    return uri.rpartition("@")[2] if "@" in uri else uri
