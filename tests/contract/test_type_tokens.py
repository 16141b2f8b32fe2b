"""Type tokens are state: changing one replaces what is there, so each is written down here."""

import re

from tests.contract.test_layers import modules

TOKENS = {
    "slipway:aws:Key",
    "slipway:aws:Role",
    "slipway:clusters:EksAccess",
    "slipway:clusters:EksAddOns",
    "slipway:clusters:EksAutoscaler",
    "slipway:clusters:EksCluster",
    "slipway:clusters:EksControlPlane",
    "slipway:clusters:EksNetwork",
    "slipway:clusters:EksNodes",
    "slipway:clusters:ExistingCluster",
    "slipway:clusters:FlowLogs",
    "slipway:clusters:GkeCluster",
    "slipway:clusters:GkeControlPlane",
    "slipway:clusters:GkeLogs",
    "slipway:clusters:GkeNetwork",
    "slipway:clusters:GkeNodes",
    "slipway:clusters:NodeAccount",
    "slipway:clusters:RegistryCaches",
    "slipway:clusters:RemoteRepositories",
    "slipway:clusters:OutputsCluster",
    "slipway:clusters:SandboxCluster",
    "slipway:google:Key",
    "slipway:google:ServiceAgents",
    "slipway:identity:AwsModelReader",
    "slipway:identity:GoogleModelReader",
    "slipway:serving:ModelDeployment",
    "slipway:serving:OwnObject",
    "slipway:storage:AwsS3ArtifactStore",
    "slipway:storage:GcsArtifactStore",
    "slipway:storage:ImageRepositories",
    "slipway:storage:ImageRepository",
    "slipway:storage:PrivateBucket",
    "slipway:storage:S3ArtifactStore",
    "slipway:storage:SecureBucket",
    "slipway:teams:Team",
}


def test_every_component_has_a_literal_token_of_this_list():
    found = set()
    for module, path in modules():
        if module.startswith("components"):
            text = path.read_text()
            tokens = re.findall(r'super\(\).__init__\("(slipway:[^"]+)"', text)
            assert len(tokens) == text.count("pulumi.ComponentResource)"), module
            found |= set(tokens)
    assert found == TOKENS
