"""What Seldon Core 2 alone knows: the slots of a declaration that its builder reads.

Names are Seldon Core 2's own, in snake_case. Source: seldon-core v2.6.0, operator/apis/mlops/v1alpha1/; fields marked
with a release came later.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from catalog.plain import Plain

Join = Literal["inner", "outer", "any"]
"""Which of several inputs must have come: all; those within the window; or one."""
Unsigned = Annotated[int, Field(ge=0)]


class Slot(Plain):
    """Plain data that Seldon Core 2 has under the same names in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=False)

    def written(self) -> dict[str, Any]:
        """As Seldon Core 2 has it: its names, and nothing that is not said."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


class Batch(Slot):
    """Requests that a step takes together.

    Attributes:
        size: so many.
        window_ms: or those of so many milliseconds.
        rolling: the window moves by one request; dropped before it reaches the scheduler.
    """

    size: Unsigned | None = None
    window_ms: Unsigned | None = None
    rolling: bool | None = None


class StepOptions(Slot):
    """What a step of a Pipeline has beside its name.

    A reference is `<step>`, `<step>.inputs`, `<step>.outputs`, or one of the last two with `.<tensor>`; the Pipeline's
    own name in place of a step means its request.

    Attributes:
        inputs: what it reads; without any the Pipeline's request.
        join_window_ms: how long it waits for the others once one has come.
        tensor_map: new names of tensors, by `<step>.<inputs or outputs>.<tensor>`.
        triggers: what must have come before it runs, though it does not read it.
    """

    inputs: tuple[str, ...] = ()
    join_window_ms: Unsigned | None = None
    tensor_map: dict[str, str] = {}
    triggers: tuple[str, ...] = ()
    inputs_join_type: Join | None = None
    triggers_join_type: Join | None = None
    batch: Batch | None = None


class PipelineInput(Slot):
    """Where a Pipeline gets its requests from: other Pipelines.

    Attributes:
        external_inputs: `<pipeline>.inputs`, `<pipeline>.outputs` or `<pipeline>.step.<step>.outputs`, each also with
            `.<tensor>`.
        external_triggers: the same, not read but waited for.
    """

    external_inputs: tuple[str, ...] = ()
    external_triggers: tuple[str, ...] = ()
    join_window_ms: Unsigned | None = None
    join_type: Join | None = None
    triggers_join_type: Join | None = None
    tensor_map: dict[str, str] = {}


class PipelineOutput(Slot):
    """What a Pipeline answers.

    Attributes:
        steps: references to steps.
        steps_join: of several.
    """

    steps: tuple[str, ...] = ()
    join_window_ms: Unsigned | None = None
    steps_join: Join | None = None
    tensor_map: dict[str, str] = {}


class Dataflow(Slot):
    """Of the Kafka topics (2.9.1).

    Attributes:
        clean_topics_on_delete: they go with the object.
    """

    clean_topics_on_delete: bool | None = None


class ModelOptions(Slot):
    """What a Model has that other engines do not know.

    Attributes:
        model_type: one requirement more.
        server: name of the Server that it must run on.
        artifact_version: of a folder with numbered versions.
        schema_uri: where its tensors are described.
        secret_name: of the Secret with rclone's configuration for its artifact.
        replicas: instead of what `scaling` says, as the two after it.
        preloaded: nothing reads it.
        dedicated: nothing reads it.
        dataflow: of its Kafka topics.
    """

    model_type: str | None = None
    server: str | None = None
    artifact_version: Unsigned | None = None
    schema_uri: str | None = None
    secret_name: str | None = None
    replicas: int | None = None
    min_replicas: int | None = None
    max_replicas: int | None = None
    preloaded: bool | None = None
    dedicated: bool | None = None
    dataflow: Dataflow | None = None


class Seldon2(Plain):
    """Of all objects of a declaration.

    Attributes:
        split_default: with several predictors, requests to the first one by its own name are shared out, too, unless
            `exposure.headers` choose between them.
    """

    split_default: bool = True


class Seldon2Predictor(Plain):
    """Of one predictor; with it, the predictor is a Pipeline even if it has one node. Nodes go by their own names.

    Attributes:
        input: other Pipelines that it follows.
        output: instead of what comes last in the graph.
        dataflow: of its Kafka topics.
        allow_cycles: steps may read what comes after them (2.9.1).
        max_step_revisits: how often one request may come back to a step (2.9.1).
    """

    input: PipelineInput | None = None
    output: PipelineOutput | None = None
    dataflow: Dataflow | None = None
    allow_cycles: bool | None = None
    max_step_revisits: Unsigned | None = None


class _Placed(ModelOptions):
    """A Model that a declaration has as something else.

    Attributes:
        requirements: capabilities that its Server must have, instead of those that follow from the format.
    """

    requirements: tuple[str, ...] | None = None


class Seldon2Node(_Placed):
    """Of one node, which becomes a Model.

    Attributes:
        logger_percent: of the payloads that are logged; taken for all of them.
        step: of its step in the Pipeline; references are to nodes and detectors by their own names.
    """

    logger_percent: Unsigned | None = None
    step: StepOptions | None = None


class Seldon2Explainer(_Placed):
    """Of an explainer, which becomes a Model.

    Attributes:
        type: of a method that has no word here (method `custom`).
    """

    type: str | None = None


class Seldon2Detector(_Placed):
    """Of a detector, which becomes a Model and an asynchronous step.

    Attributes:
        step: as of a node; it reads the Pipeline's request where it has no inputs.
    """

    step: StepOptions | None = None
