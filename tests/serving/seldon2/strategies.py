"""Any declaration for Seldon Core 2: as an import could have made it, of its own kinds, and as a person could write it."""

from typing import Any

from hypothesis import strategies as st

from components.serving.spec import (
    Detector,
    Explainer,
    Exposure,
    Format,
    HeaderMatch,
    Method,
    ModelDeployment,
    ModelServer,
    Parameter,
    PayloadLogging,
    Predictor,
    Resources,
    Role,
    Scaling,
    Uri,
)
from components.serving.spec.seldon2 import (
    Batch,
    Dataflow,
    PipelineInput,
    PipelineOutput,
    Seldon2Node,
    StepOptions,
)
from components.serving.spec.seldon2_kinds import (
    Candidate,
    Experiment,
    ExplainerRef,
    ImageOverrides,
    LlmRef,
    Logger,
    Mirror,
    Model,
    ModelParameter,
    Pipeline,
    RetentionPolicy,
    Server,
    Step,
)

NAMES = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
WORDS = st.text("abc-./=1", min_size=1, max_size=8)
MARKS = st.dictionaries(st.sampled_from(["a", "b.c/d"]), st.sampled_from(["", "x", "1.5"]), max_size=2)
NUMBERS = st.integers(0, 5)
MEMORY = st.sampled_from(["100Ki", "1.5Gi", "3M", "1000000"])
JOINS = st.sampled_from(["inner", "outer", "any"])
URIS = st.sampled_from(["gs://seldon-models/mlserver/iris", "s3://models/iris/", "pvc://disk/iris"])
FORMATS = st.sampled_from(
    [
        Format.SKLEARN, Format.XGBOOST, Format.LIGHTGBM, Format.MLFLOW, Format.HUGGINGFACE, Format.TENSORFLOW,
        Format.PYTORCH, Format.ONNX, Format.TRITON,
    ]
)  # fmt: skip
DATAFLOWS = st.builds(Dataflow, clean_topics_on_delete=st.booleans())


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or None."""
    return st.one_of(st.none(), values)


def some(values: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[Any]:
    """None, one or several values."""
    return st.lists(values, max_size=most).map(tuple)


def options(**more: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    """What a Model has that only Seldon Core 2 knows, without the numbers of its replicas."""
    return {
        "server": maybe(st.sampled_from(["mlserver", "gpu"])),
        "artifact_version": maybe(NUMBERS),
        "schema_uri": maybe(URIS),
        "secret_name": maybe(NAMES),
        "preloaded": maybe(st.booleans()),
        "dedicated": maybe(st.booleans()),
        "dataflow": maybe(DATAFLOWS),
        **more,
    }


@st.composite
def imported(draw: st.DrawFn) -> ModelDeployment:
    """A deployment of one Model, as an import writes it."""
    scaling, numbers = draw(st.sampled_from(_SCALINGS))
    form = draw(FORMATS)
    logging = draw(maybe(st.just(PayloadLogging())))
    slot = draw(st.builds(Seldon2Node, **options(), logger_percent=maybe(NUMBERS) if logging else st.none()))
    slot = slot.model_copy(update=numbers)
    if form is not Format.TRITON and draw(st.booleans()):
        slot = slot.model_copy(update={"requirements": draw(st.sampled_from([(form.value,), (form.value, "gpu")]))})
    node = ModelServer(
        format=form,
        artifact=Uri(uri=draw(URIS)),
        parameters=draw(some(st.builds(Parameter, name=WORDS, value=WORDS))),
        resources=Resources(memory=draw(maybe(MEMORY))),
        logging=logging,
        seldon2=None if slot == Seldon2Node() else slot,
    )
    return ModelDeployment(
        name=draw(NAMES),
        team="science",
        predictors=(Predictor(graph=node),),
        scaling=scaling,
        labels=draw(MARKS),
        annotations=draw(MARKS),
        safe_defaults=False,
    )


_SCALINGS: list[tuple[Scaling, dict[str, int]]] = [
    (Scaling(), {}),
    (Scaling(min_replicas=3), {}),
    (Scaling(min_replicas=1, max_replicas=4), {}),
    (Scaling(), {"replicas": 1}),
    (Scaling(), {"replicas": 0}),
    (Scaling(), {"min_replicas": 2}),
    (Scaling(), {"min_replicas": 0, "max_replicas": 2}),
    (Scaling(), {"replicas": 2, "min_replicas": 1, "max_replicas": 3}),
]

REFS = st.one_of(
    st.builds(ExplainerRef, type=maybe(st.just("anchor_text")), model_ref=maybe(NAMES), pipeline_ref=maybe(NAMES)),
)
ABOUT = {"name": NAMES, "labels": MARKS, "annotations": MARKS}


def models() -> st.SearchStrategy[Model]:
    """Models that are no deployments: explainers, those of the LLM runtime, those of no known format."""
    common = options(
        **ABOUT,
        storage_uri=URIS,
        replicas=maybe(NUMBERS),
        min_replicas=maybe(NUMBERS),
        max_replicas=maybe(NUMBERS),
        memory=maybe(MEMORY),
        parameters=some(st.builds(ModelParameter, name=WORDS, value=WORDS)),
        logger=maybe(st.builds(Logger, percent=maybe(NUMBERS))),
        model_type=maybe(st.just("python")),
    )
    none = some(st.sampled_from(["mlserver", "python", "alibi-detect"]))
    return st.one_of(
        st.builds(Model, **common, requirements=none),
        st.builds(Model, **common, requirements=some(st.sampled_from(["sklearn", "mlserver"])), explainer=REFS),
        st.builds(Model, **common, requirements=none, llm=st.builds(LlmRef, model_ref=maybe(NAMES))),
    )


STEPS = st.sampled_from(["a", "b", "c"])
REFERENCES = st.sampled_from(["a", "b.outputs", "c.inputs.x", "pipe", "pipe.inputs.y"])
TENSORS = st.dictionaries(st.sampled_from(["a.outputs.x", "pipe.inputs.y"]), WORDS, max_size=2)
BATCHES = st.builds(Batch, size=maybe(NUMBERS), window_ms=maybe(NUMBERS), rolling=maybe(st.booleans()))
STEP_OPTIONS = {
    "inputs": some(REFERENCES),
    "triggers": some(REFERENCES),
    "tensor_map": TENSORS,
    "join_window_ms": maybe(NUMBERS),
    "inputs_join_type": maybe(JOINS),
    "triggers_join_type": maybe(JOINS),
    "batch": maybe(BATCHES),
}


def pipelines() -> st.SearchStrategy[Pipeline]:
    """Pipelines, most of them wrong in something."""
    outer = some(st.sampled_from(["q.outputs", "q.step.s.inputs.x", "q.inputs.y"]))
    return st.builds(
        Pipeline,
        name=st.just("pipe"),
        labels=MARKS,
        steps=some(st.builds(Step, name=STEPS, **STEP_OPTIONS), most=3),
        input=maybe(
            st.builds(
                PipelineInput, external_inputs=outer, external_triggers=outer, join_type=maybe(JOINS),
                tensor_map=TENSORS, join_window_ms=maybe(NUMBERS), triggers_join_type=maybe(JOINS),
            )
        ),
        output=maybe(
            st.builds(PipelineOutput, steps=some(REFERENCES), steps_join=maybe(JOINS), join_window_ms=maybe(NUMBERS))
        ),
        dataflow=maybe(DATAFLOWS),
        allow_cycles=maybe(st.booleans()),
        max_step_revisits=maybe(NUMBERS),
    )  # fmt: skip


def experiments() -> st.SearchStrategy[Experiment]:
    """Experiments."""
    return st.builds(
        Experiment,
        **ABOUT,
        candidates=some(st.builds(Candidate, name=STEPS, weight=st.integers(0, 100)), most=3),
        default=maybe(STEPS),
        mirror=maybe(st.builds(Mirror, name=STEPS, percent=st.integers(0, 100))),
        resource_type=maybe(st.sampled_from(["model", "pipeline"])),
    )


CONTAINERS = st.fixed_dictionaries(
    {"name": STEPS}, optional={"image": WORDS, "resources": st.just({"limits": {"a": "1"}})}
)
PODS = st.fixed_dictionaries(
    {},
    optional={
        "containers": st.lists(CONTAINERS, max_size=2),
        "nodeSelector": MARKS,
        "volumes": st.just([{"name": "v", "emptyDir": {}}]),
    },
)


def servers() -> st.SearchStrategy[Server]:
    """Servers."""
    image = st.builds(lambda text: {"name": "agent", "image": text}, WORDS)
    return st.builds(
        Server,
        **ABOUT,
        server_config=NAMES,
        extra_capabilities=some(NAMES),
        capabilities=some(NAMES),
        image_overrides=maybe(st.builds(ImageOverrides, agent=maybe(image), rclone=maybe(image))),
        pod_spec=PODS,
        replicas=maybe(NUMBERS),
        min_replicas=maybe(NUMBERS),
        max_replicas=maybe(NUMBERS),
        stateful_set_persistent_volume_claim_retention_policy=maybe(
            st.builds(RetentionPolicy, when_deleted=maybe(st.just("Retain")), when_scaled=maybe(st.just("Delete")))
        ),
        deployment_strategy=maybe(st.just({"type": "Recreate"})),
        disable_auto_update=maybe(st.booleans()),
    )


@st.composite
def graphs(draw: st.DrawFn, depth: int = 2) -> ModelServer:
    """A graph of models whose nodes are called by where they stand."""
    return _node(draw, "n", depth)


def _node(draw: st.DrawFn, name: str, depth: int) -> ModelServer:
    count = draw(st.integers(0, 2)) if depth else 0
    roles = [Role.MODEL, Role.TRANSFORMER, Role.OUTPUT_TRANSFORMER, *([Role.COMBINER] if count else [])]
    step = draw(
        maybe(st.builds(StepOptions, inputs_join_type=maybe(JOINS), batch=maybe(st.builds(Batch, size=NUMBERS))))
    )
    return ModelServer(
        name=name,
        role=draw(st.sampled_from(roles)),
        format=draw(FORMATS),
        artifact=Uri(uri=draw(URIS)),
        resources=Resources(memory=draw(maybe(MEMORY))),
        children=tuple(_node(draw, f"{name}{at}", depth - 1) for at in range(count)),
        seldon2=None if step is None else Seldon2Node(step=step),
    )


@st.composite
def written(draw: st.DrawFn) -> ModelDeployment:
    """A deployment as a person writes it: shares, a shadow, explainers, detectors, any graph."""
    shares = draw(st.sampled_from([[None], [90, 10], [50, 30, 20]]))
    shadow = draw(st.booleans())
    predictors = [
        Predictor(
            name=f"v{at}",
            graph=draw(graphs()),
            traffic=share,
            explainer=draw(maybe(st.builds(Explainer, method=st.just(Method.KERNEL_SHAP), artifact=_FILES))),
            scaling=draw(maybe(st.just(Scaling(min_replicas=1, max_replicas=3)))),
        )
        for at, share in enumerate(shares)
    ]
    if shadow:
        predictors.append(Predictor(name="shadow", graph=draw(graphs()), shadow=True, traffic=draw(maybe(NUMBERS))))
    headers = (HeaderMatch(name="x-version", value="0", predictor="v0"),) if draw(st.booleans()) else ()
    return ModelDeployment(
        name=draw(NAMES),
        team="science",
        predictors=tuple(predictors),
        detectors=draw(some(_DETECTORS, most=1)),
        exposure=Exposure(headers=headers),
        labels=draw(MARKS),
        safe_defaults=draw(st.booleans()),
    )


_FILES = st.just(Uri(uri="s3://models/beside/"))
_DETECTORS = st.builds(
    Detector, name=st.just("drift"), watches=st.just("drift"), artifact=_FILES, batch_size=maybe(st.integers(1, 20))
)
