"""Looks at copies of a model's requests and writes a verdict a line, and to `REPLY_URL` as CloudEvents."""

import json
import os
import threading
import urllib.request
import uuid
from typing import Any

import detect
from fastapi import FastAPI, HTTPException

KIND = os.environ["DETECTOR_KIND"]
MODEL = os.environ["MODEL_NAME"]
REPLY_URL = os.environ.get("REPLY_URL")
TIMEOUT_SECONDS = 5.0
_size = os.environ.get("DETECTOR_BATCH_SIZE")
_look = detect.detector(KIND, json.loads(os.environ.get("DETECTOR_PARAMETERS", "{}")), int(_size) if _size else None)
_one_at_a_time = threading.Lock()

app = FastAPI(title=f"{MODEL}: {KIND}")


@app.get("/health/live")
@app.get("/health/ready")
async def health() -> dict[str, str]:
    """It is fitted: without that the process would not have started."""
    return {"status": "ready"}


@app.post("/{path:path}")
def request(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A copy of a request, at the path at which the model got it."""
    try:
        flowers = detect.flowers_of(body)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    with _one_at_a_time:
        found = _look(flowers)
    if found is None:
        return {}
    verdict = {"model": MODEL, "kind": KIND, "path": f"/{path}", **found}
    print(json.dumps(verdict), flush=True)
    if REPLY_URL:
        _reply(REPLY_URL, verdict)
    return verdict


def _reply(url: str, verdict: dict[str, Any]) -> None:
    headers = {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": str(uuid.uuid4()),
        "ce-source": f"/{MODEL}/detectors",
        "ce-type": f"dev.slipway.{KIND}",
    }
    event = urllib.request.Request(url, json.dumps(verdict).encode(), headers)  # noqa: S310  the declaration's own
    try:
        urllib.request.urlopen(event, timeout=TIMEOUT_SECONDS).close()  # noqa: S310  the same
    except OSError as error:
        print(json.dumps({"model": MODEL, "kind": KIND, "not_sent": str(error)}), flush=True)
