"""A support vector machine behind FastAPI: an image of its own, and the trained model from the artifact store."""

from components.serving.spec import Artifact, BuiltImage, Container, ModelDeployment, Predictor, Resources, Sample

MODEL = ModelDeployment(
    name="svm-fastapi",
    team="science",
    predictors=(
        Predictor(
            graph=Container(
                image=BuiltImage(context="examples/svm/svm_fastapi"),
                artifact=Artifact(name="svm"),
                resources=Resources(cpu="50m", memory="512Mi"),
            )
        ),
    ),
    sample=Sample(
        path="/predict",
        body={
            "instances": [
                [14.23, 1.71, 2.43, 15.6, 127.0, 2.8, 3.06, 0.28, 2.29, 5.64, 1.04, 3.92, 1065.0],
                [12.37, 0.94, 1.36, 10.6, 88.0, 1.98, 0.57, 0.28, 0.42, 1.95, 1.05, 1.82, 520.0],
            ]
        },
    ),
)
