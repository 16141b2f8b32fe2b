"""What a declaration knows better than an estimate."""

from typing import Annotated, Literal

from pydantic import Field

from catalog.plain import Plain
from components.serving.spec.pod import Quantity


class Fit(Plain):
    """Figures from which memory and times are computed; what is not given is taken from the artifact or estimated.

    Attributes:
        parameters: of the model, in 10^9.
        dtype: of the weights as they are held.
        context_tokens: longest context of a request, in tokens.
        batch: requests held at once.
        cache_bytes_per_token: what the attention keeps of one token, over all layers.
        artifact_bytes: size of the files.
        accelerator_memory: what one replica really takes of all its accelerators, instead of the estimate.
        cuda: lowest CUDA version of the image, `12.4`.
        reason: why the estimate is overridden; demanded with `accelerator_memory`.
    """

    parameters: Annotated[float | None, Field(gt=0)] = None
    dtype: Literal["fp32", "fp16", "bf16", "fp8", "int8", "int4"] | None = None
    context_tokens: Annotated[int | None, Field(gt=0)] = None
    batch: Annotated[int | None, Field(gt=0)] = None
    cache_bytes_per_token: Annotated[int | None, Field(gt=0)] = None
    artifact_bytes: Annotated[int | None, Field(ge=0)] = None
    accelerator_memory: Quantity | None = None
    cuda: Annotated[str | None, Field(pattern=r"^\d+\.\d+$")] = None
    reason: str | None = None
