"""The plain engine: Deployments, Services, autoscalers, one HTTPRoute. A pure function from declaration to objects."""

from components.serving.engines.plain.build import build, reader_secret

__all__ = ["build", "reader_secret"]
