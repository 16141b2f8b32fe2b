"""Iris species from four measurements: scikit-learn on MLServer."""

from components.serving.spec import Artifact, Format, ModelDeployment, ModelServer, Predictor, Resources, Sample

MODEL = ModelDeployment(
    name="iris",
    team="science",
    predictors=(
        Predictor(
            graph=ModelServer(
                format=Format.SKLEARN,
                artifact=Artifact(name="iris"),
                resources=Resources(cpu="100m", memory="768Mi"),
            )
        ),
    ),
    sample=Sample(
        path="/v2/models/iris/infer",
        body={
            "inputs": [
                {
                    "name": "measurements",
                    "shape": [2, 4],
                    "datatype": "FP32",
                    "data": [5.1, 3.5, 1.4, 0.2, 6.7, 3.0, 5.2, 2.3],
                }
            ]
        },
    ),
)
