"""Google's storage client, asking for nothing but what it is asked for."""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.cloud.storage import Client

# Since 3.17 every first request to a bucket starts a thread that reads the bucket's own data for traces which nobody
# collects; it needs a right that readers of objects do not have, and goes on for two minutes where nobody answers:
# google-cloud-storage 3.17.1, google/cloud/storage/_opentelemetry_tracing.py and _bucket_metadata_cache.py.
_WITHOUT = "DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA"


def client(project: str | None, credentials: Any, **more: Any) -> "Client":
    """A client of Cloud Storage.

    Args:
        project: that pays and is asked; None where the credentials say it.
        credentials: as google-auth has them.
        more: as `google.cloud.storage.Client` takes it.
    """
    from google.cloud import storage

    os.environ.setdefault(_WITHOUT, "true")
    return storage.Client(project, credentials, **more)
