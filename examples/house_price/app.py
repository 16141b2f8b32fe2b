"""Predicts the price of a house: a web application of one's own as a model."""

import json
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

MODEL = json.loads(Path(__file__).with_name("coefficients.json").read_text())

app = FastAPI(title="house-price")


class House(BaseModel):
    """What is known of a house."""

    model_config = ConfigDict(extra="forbid")

    area_m2: Annotated[float, Field(gt=0, le=2_000)]
    rooms: Annotated[int, Field(ge=1, le=50)]
    age_years: Annotated[float, Field(ge=0, le=1_000)]


class Price(BaseModel):
    """What it should cost, in euros."""

    price_eur: float


@app.post("/predict")
async def predict(house: House) -> Price:
    """The price by the fitted coefficients."""
    known = house.model_dump()
    price = MODEL["intercept"] + sum(value * known[name] for name, value in MODEL["coefficients"].items())
    return Price(price_eur=round(max(price, 0.0), 2))


@app.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@app.get("/health/ready")
async def ready() -> dict[str, str]:
    """The model is loaded: without it the process would not have started."""
    return {"status": "ready"}
