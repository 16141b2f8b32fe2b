"""House prices as Deployment and Service: two replicas, replaced one after the other without a lost request."""

from components.serving.spec import (
    BuiltImage,
    Container,
    ModelDeployment,
    Predictor,
    Resources,
    Rollout,
    Sample,
    Scaling,
)

MODEL = ModelDeployment(
    name="house-price",
    team="science",
    predictors=(
        Predictor(
            graph=Container(
                image=BuiltImage(context="examples/house_price"), resources=Resources(cpu="50m", memory="256Mi")
            )
        ),
    ),
    scaling=Scaling(min_replicas=2),
    # One new replica beside the two old ones; an old one goes only when the new one is ready.
    rollout=Rollout(strategy="surge", surge=1),
    sample=Sample(path="/predict", body={"area_m2": 120.0, "rooms": 4, "age_years": 15.0}),
)
