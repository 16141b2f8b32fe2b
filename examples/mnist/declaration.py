"""MNIST on Seldon Core's TENSORFLOW_SERVER, with the model that Seldon publishes."""

from components.serving.spec import (
    Format,
    ModelDeployment,
    ModelServer,
    Predictor,
    Protocol,
    Resources,
    Sample,
    Uri,
)

MODEL = ModelDeployment(
    name="mnist",
    team="science",
    protocol=Protocol.TENSORFLOW,
    predictors=(
        Predictor(
            graph=ModelServer(
                format=Format.TENSORFLOW,
                artifact=Uri(uri="gs://seldon-models/tfserving/mnist"),
                resources=Resources(cpu="500m", memory="1Gi"),
            )
        ),
    ),
    sample=Sample(
        path="/v1/models/mnist:predict",
        body={"signature_name": "predict_images", "instances": [{"images": [0.0] * 784}]},
    ),
)
