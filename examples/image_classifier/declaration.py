"""An image classifier on TensorFlow Serving: by itself, on Seldon Core 1, and on KServe."""

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
    name="image-classifier",
    team="science",
    # Version 1 of TF Serving's REST interface, which KServe calls v1.
    protocol=Protocol.TENSORFLOW,
    predictors=(
        Predictor(
            graph=ModelServer(
                format=Format.TENSORFLOW,
                artifact=Artifact(name="image-classifier"),
                resources=Resources(cpu="500m", memory="1Gi"),
            )
        ),
    ),
    sample=Sample(
        path="/v1/models/image-classifier:predict",
        body={"instances": [[[[0.0, 0.0, 0.0]] * 32] * 32]},
    ),
)
