"""A registry of images, as Docker and Kubernetes would reach it: address, credentials, and what its answers mean."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import requests
from botocore.exceptions import BotoCoreError, ClientError
from requests.adapters import HTTPAdapter

from catalog.errors import SlipwayError
from components.clusters.spec.images import DOCKER_HUB, parted
from delivery.resolve import denied, not_installed, unreachable

_HUB = "registry-1.docker.io"
_HUB_LOGIN = "https://index.docker.io/v1/"
"""Under which `docker login` keeps the credentials of Docker Hub."""
_SECONDS = (5, 120)
"""To connect, and between two answers."""


@contextmanager
def opened(reference: str) -> Iterator[tuple[Any, Any]]:
    """A client for the registry of a reference, and the reference in its words.

    Plain HTTP is spoken with this machine alone. Credentials are those of `docker login` and its helpers; for ECR those
    of AWS.

    Raises:
        SlipwayError: the client is not installed, the registry cannot be reached, or it wants credentials.
    """
    host, rest = parted(reference)
    address = _HUB if host == DOCKER_HUB else host
    where = f"the registry {host}"
    try:
        client = _client(address)
        container = client.get_container(f"{address}/{rest}")
        client.auth.load_configs(container, _configs())
        if host == DOCKER_HUB:
            client.auth._load_auth(_HUB_LOGIN)
        yield client, container
    except ImportError as error:
        raise not_installed(reference, "oras") from error
    except requests.exceptions.RequestException as error:
        raise unreachable(reference, where, error) from error
    except (ClientError, BotoCoreError) as error:
        raise denied(reference, where, "give credentials of AWS, such as AWS_PROFILE") from error
    except (ValueError, AttributeError) as error:  # what the client makes of a challenge for which it has no answer
        raise denied(reference, where, f"log in: docker login {host}") from error


def refused(reference: str, status: int) -> SlipwayError:
    """What an answer that is no success means."""
    host, _ = parted(reference)
    if status in (401, 403):
        return denied(reference, f"the registry {host}", f"log in: docker login {host}")
    return unreachable(reference, f"the registry {host}", f"it answered {status}")


class _Patient(HTTPAdapter):
    """The client itself would wait for ever."""

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        return super().send(request, *arguments, **options | {"timeout": _SECONDS})


def _client(address: str) -> Any:
    from oras.logger import logger
    from oras.provider import Registry

    insecure = address.rpartition(":")[0] in ("127.0.0.1", "localhost", "[::1]")
    with requests.Session() as session:
        session.trust_env = not insecure
        url = f"{'http' if insecure else 'https'}://{address}/v2/"
        challenge = session.get(url, timeout=_SECONDS).headers.get("Www-Authenticate", "")
    # ECR's challenge is "Basic" too, and is answered with a token of AWS.
    plain = challenge.lower().startswith("basic") and ".dkr.ecr." not in address
    client = Registry(address, insecure=insecure, auth_backend="basic" if plain else "ecr")
    # It would repeat every refusal for minutes, and log it.
    client.do_request = partial(Registry.do_request.__wrapped__, client)
    logger.set_level(logging.CRITICAL)
    client.session.trust_env = not insecure
    for prefix in ("http://", "https://"):
        client.session.mount(prefix, _Patient())
    return client


def _configs() -> list[str]:
    named = os.environ.get("DOCKER_CONFIG")
    return [str(path)] if named and (path := Path(named) / "config.json").is_file() else []
