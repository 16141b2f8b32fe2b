"""What explainers have in common: how they are asked, and how they ask the model.

On plain Kubernetes everything is told by variables, on KServe the model by arguments
(https://github.com/kserve/kserve/blob/v0.20.0/pkg/apis/serving/v1beta1/explainer_custom.go).
"""

import argparse
import json
import os
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import uvicorn
from fastapi import FastAPI, HTTPException
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

FEATURES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
SPECIES = ("setosa", "versicolor", "virginica")
TIMEOUT_SECONDS = 10.0
Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """The explained model, by the open inference protocol."""

    url: str
    name: str

    def probabilities(self, flowers: Rows) -> Rows:
        """Of every species, shape (n, 3).

        Args:
            flowers: measurements, shape (n, 4).
        """
        content = {
            "name": "flowers",
            "datatype": "FP64",
            "shape": list(flowers.shape),
            "data": flowers.ravel().tolist(),
        }
        body = {"inputs": [content], "outputs": [{"name": "predict_proba"}]}
        request = urllib.request.Request(  # noqa: S310  the URL is the platform's own
            f"{self.url}/v2/models/{self.name}/infer", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as reply:  # noqa: S310  the same
            (output,) = json.load(reply)["outputs"]
        return np.array(output["data"], dtype=np.float64).reshape(output["shape"])


Method = Callable[[Model, Rows, dict[str, Any]], list[dict[str, Any]]]
"""Explains every flower; the parameters are the declaration's."""


class Flowers(BaseModel):
    """What to explain; every flower costs hundreds of predictions."""

    model_config = ConfigDict(extra="forbid")

    instances: Annotated[
        list[Annotated[list[FiniteFloat], Field(min_length=len(FEATURES), max_length=len(FEATURES))]],
        Field(min_length=1, max_length=16),
    ]


class Explanations(BaseModel):
    """One a flower, in their order."""

    model: str
    method: str
    explanations: list[dict[str, Any]]


def run(methods: Mapping[str, Method]) -> None:
    """Serves the method that `EXPLAINER_METHOD` names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model_name", default=os.environ.get("MODEL_NAME"))
    parser.add_argument("--predictor_host", default=os.environ.get("PREDICTOR_URL"))
    parser.add_argument("--http_port", type=int, default=8080)
    told, _ = parser.parse_known_args()
    url = told.predictor_host if "://" in told.predictor_host else f"http://{told.predictor_host}"
    app = application(methods, os.environ["EXPLAINER_METHOD"], Model(url, told.model_name))
    uvicorn.run(app, host="0.0.0.0", port=told.http_port, access_log=False)  # noqa: S104  a pod's own network


def application(methods: Mapping[str, Method], method: str, model: Model) -> FastAPI:
    """The web application.

    Args:
        methods: by name.
        method: which of them.
        model: what is explained.
    """
    how, parameters = methods[method], json.loads(os.environ.get("EXPLAINER_PARAMETERS", "{}"))
    app = FastAPI(title=f"{model.name}: {method}")

    @app.post("/explain")
    @app.post("/v1/models/{name}:explain")
    def explain(flowers: Flowers) -> Explanations:
        try:
            found = how(model, np.array(flowers.instances), parameters)
        except OSError as error:
            raise HTTPException(502, f"the model does not answer: {error}") from error
        return Explanations(model=model.name, method=method, explanations=found)

    @app.get("/health/live")
    @app.get("/health/ready")
    async def health() -> dict[str, str]:
        return {"status": "ready"}

    return app
