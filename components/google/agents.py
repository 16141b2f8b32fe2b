"""Google's own service accounts in a project, which encrypt on behalf of its services.

Source: https://cloud.google.com/iam/docs/service-agents (read 2026-11). Asking for one makes it where it is not there
yet, and needs no right of its own: https://cloud.google.com/iam/docs/create-service-agents.
"""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

GKE, COMPUTE = "container-engine-robot", "compute-system"
STORAGE, REGISTRY = "gs-project-accounts", "gcp-sa-artifactregistry"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceAgentsArgs:
    """Whose agents.

    Attributes:
        service: the one that is asked for its agent; the others are there once their services are enabled, that of
            Cloud Storage once somebody has asked for it, as `slipway bootstrap` does.
    """

    project: str
    service: str


class ServiceAgents(pulumi.ComponentResource):
    """The agents of one project. Their addresses hold its number, which only Google knows."""

    def __init__(self, name: str, args: ServiceAgentsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:google:ServiceAgents", name, None, opts)
        asked = gcp.projects.ServiceIdentity(
            name, project=args.project, service=args.service, opts=pulumi.ResourceOptions(parent=self)
        )
        self._number = asked.email.apply(number_in)
        self.register_outputs({})

    def member(self, agent: str) -> pulumi.Output[str]:
        """An agent as a member of IAM.

        Args:
            agent: what stands between `@` and `.iam` in its address.
        """
        return self._number.apply(lambda number: f"serviceAccount:service-{number}@{agent}.iam.gserviceaccount.com")


def number_in(address: str) -> str:
    """The project's number in the address of any of its agents."""
    return address.partition("@")[0].removeprefix("service-")
