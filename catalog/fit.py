"""What a model takes of its accelerators: an estimate that says what it assumed."""

from dataclasses import dataclass
from decimal import Decimal

GIB = 2**30
# vLLM's own default: it leaves a tenth of the memory to the driver, the CUDA context and fragmentation
# (`--gpu-memory-utilization`, https://docs.vllm.ai/en/stable/serving/engine_args.html). Other servers need it no less.
RESERVE = Decimal("0.10")
BYTES = {"fp32": 4.0, "fp16": 2.0, "bf16": 2.0, "fp8": 1.0, "int8": 1.0, "int4": 0.5}
# Width of an attention head and parameters of a layer in widths squared, of a transformer of the usual shape
# (https://arxiv.org/abs/2001.08361, section 2.1: 12 x layers x width^2 parameters).
_HEAD, _PER_LAYER = 128, 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What is known of a model. Unknown is None.

    Attributes:
        parameters: in 10^9.
        dtype: of the weights as they are held, a key of `BYTES`.
        artifact_bytes: size of its files.
        context_tokens: longest context of a request.
        batch: requests held at once.
        cache_bytes_per_token: of the attention's cache.
        generates: it is a language model, which keeps a cache of its context.
    """

    parameters: float | None = None
    dtype: str | None = None
    artifact_bytes: int | None = None
    context_tokens: int | None = None
    batch: int | None = None
    cache_bytes_per_token: int | None = None
    generates: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What a model needs in all, over all accelerators of one replica.

    Attributes:
        weights: bytes.
        cache: bytes.
        assumed: what was taken for granted, a sentence each.
    """

    weights: int
    cache: int
    assumed: tuple[str, ...]

    @property
    def total(self) -> int:
        """Bytes."""
        return self.weights + self.cache


def estimate(load: Load) -> Estimate | None:
    """What the model needs; None where neither its parameters nor its size are known."""
    assumed: list[str] = []
    weights = _weights(load, assumed)
    if weights is None:
        return None
    cache = _cache(load, assumed) if load.generates else 0
    return Estimate(weights=weights, cache=cache, assumed=tuple(assumed))


def usable(memory_mib: int) -> int:
    """Bytes of an accelerator's memory that a model may take."""
    return int(memory_mib * 2**20 * (1 - RESERVE))


def gib(size: int) -> str:
    """`31.4 GiB`."""
    return f"{size / GIB:.1f} GiB"


def _weights(load: Load, assumed: list[str]) -> int | None:
    if load.parameters is not None:
        dtype = load.dtype
        if dtype is None:
            dtype = "bf16" if load.generates else "fp32"
            assumed.append(f"weights are held as {dtype}")
        return int(load.parameters * 1e9 * BYTES[dtype])
    if load.artifact_bytes is not None:
        assumed.append("the weights take in memory what the files take on disk")
        return load.artifact_bytes
    return None


def _cache(load: Load, assumed: list[str]) -> int:
    context, batch = load.context_tokens, load.batch or 1
    if context is None:
        context = 4096
        assumed.append("requests of at most 4096 tokens")
    if load.batch is None:
        assumed.append("one request at a time")
    per_token = load.cache_bytes_per_token
    if per_token is None:
        if load.parameters is None:
            assumed.append("the cache of the context is not counted: the parameters are not known")
            return 0
        width = (load.parameters * 1e9 * _HEAD / _PER_LAYER) ** (1 / 3)
        per_token = int(2 * (width / _HEAD) * width * 2)  # key and value, a layer for each head, two bytes each
        assumed.append(f"a cache of {per_token // 1024} KiB a token, as without grouped attention")
    return per_token * context * batch
