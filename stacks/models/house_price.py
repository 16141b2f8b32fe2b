"""House prices: a FastAPI app of our own, in an image built from this repository."""

from components.serving.spec import BuiltImage, Container, ModelDeployment, Predictor, Resources, Sample

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
    sample=Sample(path="/predict", body={"area_m2": 120.0, "rooms": 4, "age_years": 15.0}),
)
