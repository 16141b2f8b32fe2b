"""Which formats an engine has a server for, and the protocols that it speaks."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from components.serving.engines.context import EngineFacts
from components.serving.engines.registry import ENGINES
from components.serving.spec import Format, ModelDeployment, Protocol, Transport
from components.serving.spec.kserve import KServeNode
from components.serving.spec.seldon1 import Seldon1Node
from components.serving.spec.seldon2 import Seldon2Node
from scripts.engines_document.answers import common, refusing
from scripts.engines_document.probes import model, own, server

# A server that only the cluster knows: how an engine is told of it, and that it has it.
_OWN = "own"
_FACTS = EngineFacts(seldon1_servers={"OWN_SERVER": tuple(Protocol)}, seldon2_servers={_OWN: (_OWN,)})
_SLOTS: Mapping[str, Mapping[str, object]] = {
    "plain": {},
    "seldon1": {"seldon1": Seldon1Node(implementation="OWN_SERVER")},
    "seldon2": {"seldon2": Seldon2Node(requirements=(_OWN,))},
    "kserve": {"kserve": KServeNode(model_format=_OWN)},
}


def rows() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every format, and a container of one's own, with what each engine says."""
    for form in Format:
        yield form.value, {engine: _spoken(engine, form) for engine in ENGINES}
    yield "a container of one's own", {engine: _spoken(engine, None) for engine in ENGINES}


def _spoken(engine: str, form: Format | None) -> str:
    """The protocols over HTTP, and those of them over gRPC; the rules that refuse all where there are none."""
    spoken: dict[Protocol, list[Transport]] = {}
    refused: list[tuple[str, ...]] = []
    for protocol, transport in product(Protocol, Transport):
        rules = refusing(_declared(engine, form, protocol, transport), engine, _FACTS)
        if rules:
            refused.append(rules)
        else:
            spoken.setdefault(protocol, []).append(transport)
    if spoken:
        return ", ".join(f"{protocol.value}{_marks(ways)}" for protocol, ways in spoken.items())
    return f"no: {', '.join(common(refused))}"


def _declared(engine: str, form: Format | None, protocol: Protocol, transport: Transport) -> ModelDeployment:
    if form is None:
        port = 9500 if transport is Transport.GRPC else None
        return model(own(grpc_port=port), protocol=protocol, transport=transport)
    slot = _SLOTS[engine] if form is Format.CUSTOM else {}
    return model(server(format=form, **slot), protocol=protocol, transport=transport)


def _marks(ways: Sequence[Transport]) -> str:
    return {"rest": "", "grpc": " (gRPC alone)"}["".join(ways)] if len(ways) == 1 else "*"
