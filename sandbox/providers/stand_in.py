"""What the stand-ins have in common: the hosts of things that do not exist, and whose credentials there are."""

from collections.abc import Mapping

DOMAIN = "stand-in.invalid"
"""Hosts of what a stand-in cloud only says it made; the top-level domain is reserved never to exist (RFC 2606)."""

AWS_ACCOUNT = "SLIPWAY_STANDIN_AWS_ACCOUNT"
"""Environment variable with the account that the credentials are for."""

GOOGLE_PROJECTS = "SLIPWAY_STANDIN_GOOGLE_PROJECT"
"""Environment variable with the projects that the credentials are for, separated by commas."""

_CREDENTIALS = {"eks": AWS_ACCOUNT, "gke": GOOGLE_PROJECTS}


def cluster_host(name: str, place: str, owner: str, service: str) -> str:
    """The host of a cluster's API server.

    Args:
        name: the cluster's own part.
        place: region or location.
        owner: account or project.
        service: `eks` or `gke`.
    """
    return f"{name}.{place}.{owner}.{service}.{DOMAIN}"


def is_stand_in(host: str) -> bool:
    """Whether a host is of a stand-in cloud, so that nothing answers there."""
    return host.endswith(f".{DOMAIN}")


def stranger(host: str, environment: Mapping[str, str]) -> str:
    """Whose credentials these are, where the API server at a host would not take them; else empty."""
    *_, owner, service = host.removesuffix(f".{DOMAIN}").split(".")
    given = environment.get(_CREDENTIALS.get(service, ""), "")
    return given if given and owner not in given.split(",") else ""
