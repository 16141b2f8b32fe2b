"""Tells wines apart: a trained model behind Flask."""

from pathlib import Path

import joblib
import numpy as np
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException

# Engines put an artifact into this directory, or into one below it with the model's name.
MODELS = Path("/mnt/models")
MODEL = joblib.load(next(MODELS.rglob("model.joblib")))

app = Flask("svm")


@app.post("/predict")
def predict() -> Response:
    """The cultivar of every wine: `{"instances": [[13 numbers], ...]}`."""
    body = request.get_json()
    try:
        wines = np.array(body["instances"], dtype=np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequest("instances: a list of lists of numbers is needed") from error
    if wines.ndim != 2 or wines.shape[1] != MODEL.n_features_in_ or not np.isfinite(wines).all():
        raise BadRequest(f"instances: every wine has {MODEL.n_features_in_} numbers")
    return jsonify(cultivars=MODEL.predict(wines).tolist())


@app.get("/health/live")
def live() -> Response:
    """The process answers."""
    return jsonify(status="live")


@app.get("/health/ready")
def ready() -> Response:
    """The model is loaded: without it the process would not have started."""
    return jsonify(status="ready")


@app.errorhandler(HTTPException)
def refused(error: HTTPException) -> tuple[Response, int]:
    """Says in JSON what is wrong."""
    return jsonify(detail=error.description), error.code or 500
