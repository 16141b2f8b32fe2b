"""Llama 3.1 8B: vLLM on one H100."""

from catalog.machines import Accelerator
from components.serving.spec import (
    Accelerators,
    Format,
    HuggingFace,
    ModelDeployment,
    ModelServer,
    Predictor,
    Resources,
    Sample,
)

MODEL = ModelDeployment(
    name="llama-8b",
    team="science",
    predictors=(
        Predictor(
            graph=ModelServer(
                format=Format.VLLM,
                artifact=HuggingFace(repo="meta-llama/Llama-3.1-8B-Instruct"),
                args=("--max-model-len=8192",),
                resources=Resources(cpu="8", memory="64Gi", accelerators=Accelerators(kind=Accelerator.H100)),
            )
        ),
    ),
    sample=Sample(
        path="/v1/completions",
        body={"model": "llama-8b", "prompt": "A slipway is", "max_tokens": 16},
    ),
)
