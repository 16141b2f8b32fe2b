"""Google Cloud: whose project it is, and what resources are called there.

Forms of resource names: the `id` of each resource in https://registry.terraform.io/providers/hashicorp/google/latest
(read 2026-11).
"""

import base64
import zlib
from collections.abc import Mapping
from typing import Any

from catalog.errors import SlipwayError
from providers.wire import UNKNOWN, Secret
from sandbox.providers.cloud import google_functions
from sandbox.providers.cloud.cloud import Cloud, Document, Place
from sandbox.providers.cloud.made import Made
from sandbox.providers.stand_in import GOOGLE_PROJECTS, cluster_host

_ATTRIBUTION = {"goog-pulumi-provisioned": "true"}
_NO_CERTIFICATE = base64.b64encode(b"stand-in: no certificate\n").decode()


def place(settings: Document, environment: Mapping[str, str]) -> Place:
    """Project, region and zone of a provider.

    Raises:
        SlipwayError: when the credentials are for other projects, or there is no project.
    """
    project = settings.get("project")
    if not project:
        raise SlipwayError("project", "", "the provider has no project", "give the provider's project")
    reached = tuple(name for name in environment.get(GOOGLE_PROJECTS, "").split(",") if name)
    if reached and project not in reached:
        raise SlipwayError(
            "project", project, f"the credentials are not for this project, but for {', '.join(reached)}",
            "use credentials of this project, or correct its name",
        )  # fmt: skip
    region, zone = settings.get("region"), settings.get("zone")
    labels = settings.get("defaultLabels") or {}
    if settings.get("addPulumiAttributionLabel") is not False:
        labels = {**labels, **_ATTRIBUTION}
    known = {"region": region, "zone": zone, "location": region or zone}
    return {
        "project": project,
        "project_number": str(100_000_000_000 + zlib.crc32(project.encode())),
        "reached": reached,
        "labels_default": labels,
        **{key: value for key, value in known.items() if value},
    }


def _merged(place: Place, inputs: Document) -> Document:
    labels = inputs.get("labels")
    if not isinstance(labels, Secret) and labels is not UNKNOWN:
        labels = {**place["labels_default"], **(labels or {})}
    return {"effectiveLabels": labels, "pulumiLabels": labels}


def _words(place: Place) -> str:
    return f"project {place['project']}"


def _compute(path: str, **more: str) -> Made:
    id_ = f"projects/{{project}}/{path}/{{name}}"
    return Made(id_, {"selfLink": f"https://www.googleapis.com/compute/v1/{id_}", **more})


def _member(of: str) -> Made:
    return Made(f"{of}/{{role}}/{{member}}")


# Each service has its own name behind the @.
_AGENT = "service-{project_number}@gcp-sa-stand-in.iam.gserviceaccount.com"
_LOG_BUCKET = "projects/{project}/locations/{location}/buckets/{bucketId}"
_EMAIL = "{accountId}@{project}.iam.gserviceaccount.com"
_CLUSTER = Made(
    "projects/{project}/locations/{location}/clusters/{name}",
    {
        "selfLink": "https://container.googleapis.com/v1/{id}",
        "privateClusterConfig.privateEndpoint": cluster_host("{slug}", "private", "{project}", "gke"),
        "deletionProtection": True,
    },
    early={
        "endpoint": cluster_host("{slug}", "{location}", "{project}", "gke"),
        "masterAuth.clusterCaCertificate": _NO_CERTIFICATE,
        "controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint": cluster_host(
            "gke-{slug}", "{location}", "{project}", "gke"
        ),
    },
)

_MADE: Mapping[str, Made] = {
    "gcp:container/cluster:Cluster": _CLUSTER,
    "gcp:container/nodePool:NodePool": Made("{cluster}/nodePools/{name}"),
    "gcp:compute/network:Network": _compute("global/networks"),
    "gcp:compute/subnetwork:Subnetwork": _compute("regions/{region}/subnetworks", gatewayAddress="192.0.2.1"),
    "gcp:compute/router:Router": _compute("regions/{region}/routers"),
    "gcp:compute/routerNat:RouterNat": Made("{project}/{region}/{router}/{name}"),
    "gcp:compute/firewall:Firewall": _compute("global/firewalls"),
    "gcp:compute/address:Address": _compute("regions/{region}/addresses", address="192.0.2.1"),
    "gcp:compute/globalAddress:GlobalAddress": _compute("global/addresses", address="192.0.2.1"),
    "gcp:compute/resourcePolicy:ResourcePolicy": _compute("regions/{region}/resourcePolicies"),
    "gcp:storage/bucket:Bucket": Made(
        "{name}", {"url": "gs://{name}", "selfLink": "https://www.googleapis.com/storage/v1/b/{name}"}
    ),
    "gcp:storage/bucketIAMMember:BucketIAMMember": _member("b/{bucket}"),
    "gcp:serviceaccount/account:Account": Made(
        f"projects/{{project}}/serviceAccounts/{_EMAIL}",
        {"name": "{id}", "email": _EMAIL, "member": f"serviceAccount:{_EMAIL}"},
    ),
    "gcp:serviceaccount/iAMMember:IAMMember": _member("{serviceAccountId}"),
    "gcp:projects/iAMMember:IAMMember": _member("{project}"),
    "gcp:projects/service:Service": Made("{project}/{service}"),
    "gcp:projects/serviceIdentity:ServiceIdentity": Made(
        "projects/{project}/services/{service}", {"email": _AGENT, "member": f"serviceAccount:{_AGENT}"}
    ),
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": Made(_LOG_BUCKET, {"name": _LOG_BUCKET}),
    "gcp:logging/projectSink:ProjectSink": Made("projects/{project}/sinks/{name}"),
    "gcp:kms/keyRing:KeyRing": Made("projects/{project}/locations/{location}/keyRings/{name}"),
    "gcp:kms/cryptoKey:CryptoKey": Made("{keyRing}/cryptoKeys/{name}"),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": _member("{cryptoKeyId}"),
    "gcp:artifactregistry/repository:Repository": Made(
        "projects/{project}/locations/{location}/repositories/{repositoryId}",
        {"name": "{repositoryId}", "registryUri": "{location}-docker.pkg.dev/{project}/{repositoryId}"},
    ),
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": _member(
        "projects/{project}/locations/{location}/repositories/{repository}"
    ),
}

_BY_PROPERTY: Mapping[str, Any] = {
    "location": "{location}",
    "projectNumber": "{project_number}",
    "name": "{logical}-{hex}",
    "etag": "{hex}",
    "createTime": "{now}",
    "creationTimestamp": "{now}",
    "timeCreated": "{now}",
    "updateTime": "{now}",
    "updated": "{now}",
}

CLOUD = Cloud(
    name="gcp",
    package="pulumi_gcp",
    place=place,
    words=_words,
    made=_MADE,
    by_property=_BY_PROPERTY,
    merged=_merged,
    named={"gcp:serviceaccount/account:Account": "accountId"},
    functions=google_functions.FUNCTIONS,
)
