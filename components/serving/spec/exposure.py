"""Where a model is reached, how a new version takes over, and a request that must be answered."""

from typing import Annotated, Any, Literal

from pydantic import Field

from catalog.plain import Plain

DEADLINES = range(10, 86401)
"""What a rollout may be given, in seconds."""


class Rollout(Plain):
    """How a new version takes over.

    Attributes:
        strategy: `surge` starts the new replica first and loses no request; `recreate` stops the old one first, which
            needs no spare accelerator; `auto` is `surge` wherever the pools have room for it.
        surge: replicas started beside the old ones, where the strategy is `surge`.
        deadline_seconds: a rollout without progress for so long has failed; computed from the artifact's and the
            image's size where it is not given. Plain Kubernetes, Seldon Core 1 and Knative give up by it, too.
    """

    strategy: Literal["auto", "surge", "recreate"] = "auto"
    surge: Annotated[int, Field(ge=1, le=100)] = 1
    deadline_seconds: Annotated[int | None, Field(ge=DEADLINES.start, le=DEADLINES[-1])] = None


class HeaderMatch(Plain):
    """Requests with this header go to `predictor`, whatever the weights say."""

    name: Annotated[str, Field(min_length=1)]
    value: str
    predictor: str


class Exposure(Plain):
    """Where it is reached through the gateway.

    Attributes:
        path: prefix, by default `/<team>/<name>`; the model sees the path without it.
        host: host name; every host by default.
        external: false keeps it inside the cluster.
        tls_secret: name of the Secret with the certificate that the model's own pods serve with.
        headers: requests that are sent to a predictor by a header.
        callers: namespaces whose pods may ask it directly, beside the gateway.
        timeout_seconds: of one request.
    """

    path: Annotated[str | None, Field(pattern=r"^/[\w./-]*[\w-]$")] = None
    host: str | None = None
    external: bool = True
    tls_secret: str | None = None
    headers: tuple[HeaderMatch, ...] = ()
    callers: tuple[str, ...] = ()
    timeout_seconds: Annotated[int | None, Field(ge=1, le=86400)] = None


class Sample(Plain):
    """A request that the model must be able to answer.

    Attributes:
        path: the path as the model sees it.
        body: the JSON body.
    """

    path: Annotated[str, Field(pattern="^/")]
    body: dict[str, Any]
