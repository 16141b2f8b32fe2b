"""Iris species, explained by anchors (package `alibi` 0.9.4, the last one under Apache-2.0): POST `<path>/explain`."""

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
                method=Method.ANCHOR_TABULAR,
                image=BuiltImage(context="examples/iris/anchors"),
                # The image goes by it on every engine; plain Kubernetes would say it by itself.
                env={"EXPLAINER_METHOD": "anchor_tabular"},
                parameters={"threshold": 0.95},
                resources=Resources(cpu="100m", memory="1Gi"),
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
