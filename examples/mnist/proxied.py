"""MNIST on Seldon Core's TENSORFLOW_SERVER by Seldon's own protocol: its proxy must be told the signature."""

from components.serving.spec import (
    Format,
    ModelDeployment,
    ModelServer,
    Parameter,
    Predictor,
    Protocol,
    Resources,
    Sample,
    Uri,
)

MODEL = ModelDeployment(
    name="mnist",
    team="science",
    protocol=Protocol.SELDON,
    predictors=(
        Predictor(
            graph=ModelServer(
                format=Format.TENSORFLOW,
                artifact=Uri(uri="gs://seldon-models/tfserving/mnist"),
                parameters=(
                    Parameter(name="signature_name", value="predict_images"),
                    Parameter(name="model_name", value="mnist"),
                    Parameter(name="model_input", value="images"),
                    Parameter(name="model_output", value="scores"),
                ),
                resources=Resources(cpu="500m", memory="1Gi"),
            )
        ),
    ),
    sample=Sample(path="/api/v1.0/predictions", body={"data": {"ndarray": [[0.0] * 784]}}),
)
