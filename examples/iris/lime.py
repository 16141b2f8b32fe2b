"""Iris species, explained by LIME (package `lime`, BSD-2-Clause): POST `<path>/explain`."""

from components.serving.spec import (
    Artifact,
    BuiltImage,
    Explainer,
    Format,
    Method,
    ModelDeployment,
    ModelServer,
    Predictor,
    Protocol,
    Resources,
    Sample,
)

MODEL = ModelDeployment(
    name="iris",
    team="science",
    protocol=Protocol.V2,
    predictors=(
        Predictor(
            graph=ModelServer(
                format=Format.SKLEARN,
                artifact=Artifact(name="iris"),
                resources=Resources(cpu="100m", memory="768Mi"),
            ),
            explainer=Explainer(
                method=Method.LIME,
                image=BuiltImage(context="examples/iris/explainers"),
                # The image goes by it on every engine; plain Kubernetes would say it by itself.
                env={"EXPLAINER_METHOD": "lime"},
                parameters={"samples": 500},
                resources=Resources(cpu="100m", memory="768Mi"),
            ),
        ),
    ),
    sample=Sample(
        path="/v2/models/iris/infer",
        body={
            "inputs": [
                {
                    "name": "flowers",
                    "shape": [2, 4],
                    "datatype": "FP64",
                    "data": [5.1, 3.5, 1.4, 0.2, 6.7, 3.0, 5.2, 2.3],
                }
            ]
        },
    ),
)
