"""Iris species, with an outlier and a drift detector that look at copies of the requests."""

from components.serving.spec import (
    Artifact,
    BuiltImage,
    Detector,
    Format,
    ModelDeployment,
    ModelServer,
    Predictor,
    Protocol,
    Resources,
    Sample,
)

DETECTORS = BuiltImage(context="examples/iris/detectors")

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
            )
        ),
    ),
    detectors=(
        Detector(
            name="outliers",
            watches="outlier",
            image=DETECTORS,
            parameters={"contamination": 0.01},
            resources=Resources(cpu="50m", memory="512Mi"),
        ),
        Detector(
            name="drift",
            watches="drift",
            image=DETECTORS,
            parameters={"p_value": 0.01},
            batch_size=50,
            resources=Resources(cpu="50m", memory="512Mi"),
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
