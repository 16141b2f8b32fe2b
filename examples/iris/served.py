"""Iris species on MLServer, whatever the engine: nothing but what every engine can say."""

from components.serving.spec import (
    Artifact,
    Format,
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
        # Seldon Core 2 shares its servers' cores among models, so that a model says its memory alone.
        Predictor(
            graph=ModelServer(
                format=Format.SKLEARN, artifact=Artifact(name="iris"), resources=Resources(memory="768Mi")
            )
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
