"""MNIST on TF Serving, with the model that `train.py` makes, from the artifact store."""

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
    name="mnist",
    team="science",
    protocol=Protocol.TENSORFLOW,
    predictors=(
        Predictor(
            graph=ModelServer(
                format=Format.TENSORFLOW,
                artifact=Artifact(name="mnist"),
                resources=Resources(cpu="500m", memory="1Gi"),
            )
        ),
    ),
    sample=Sample(
        path="/v1/models/mnist:predict",
        body={"signature_name": "predict_images", "instances": [{"images": [0.0] * 784}]},
    ),
)
