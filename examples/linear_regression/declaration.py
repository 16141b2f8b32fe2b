"""Linear regression as a SeldonComponent: the wrapper's own image, on Seldon Core 1 or by itself."""

from components.serving.spec import BuiltImage, Container, ModelDeployment, Predictor, Protocol, Resources, Sample

MODEL = ModelDeployment(
    name="linear-regression",
    team="science",
    protocol=Protocol.SELDON,
    predictors=(
        Predictor(
            graph=Container(
                image=BuiltImage(context="examples/linear_regression"),
                # The wrapper's own, where nobody tells it another: one process each for REST, gRPC and metrics.
                port=9000,
                ready_path="/health/status",
                live_path="/health/ping",
                resources=Resources(cpu="100m", memory="512Mi"),
            )
        ),
    ),
    sample=Sample(
        path="/api/v1.0/predictions",
        body={
            "data": {
                "names": ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"],
                "ndarray": [[59.0, 2.0, 32.1, 101.0, 157.0, 93.2, 38.0, 4.0, 4.8598, 87.0]],
            }
        },
    ),
)
