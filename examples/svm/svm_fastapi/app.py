"""Tells wines apart: a trained model behind FastAPI."""

from pathlib import Path
from typing import Annotated

import joblib
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

# Engines put an artifact into this directory, or into one below it with the model's name.
MODELS = Path("/mnt/models")
MODEL = joblib.load(next(MODELS.rglob("model.joblib")))
FEATURES = MODEL.n_features_in_

app = FastAPI(title="svm")


class Wines(BaseModel):
    """What was measured of each wine."""

    model_config = ConfigDict(extra="forbid")

    instances: Annotated[
        list[Annotated[list[FiniteFloat], Field(min_length=FEATURES, max_length=FEATURES)]], Field(min_length=1)
    ]


class Cultivars(BaseModel):
    """What grew them, in the order of the wines."""

    cultivars: list[str]


@app.post("/predict")
def predict(wines: Wines) -> Cultivars:
    """The cultivar of every wine."""
    return Cultivars(cultivars=MODEL.predict(np.array(wines.instances)).tolist())


@app.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@app.get("/health/ready")
async def ready() -> dict[str, str]:
    """The model is loaded: without it the process would not have started."""
    return {"status": "ready"}
