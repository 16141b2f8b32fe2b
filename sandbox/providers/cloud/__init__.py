"""Stand-ins for the aws and gcp providers: every check that their SDKs allow, and no cloud.

They are used where a stack is run without an account, for exactly the SDK's version, and only below a Pulumi home that
Slipway made (`sandbox.providers.guard`). Nothing exists: what a cloud would compute (ids, ARNs, endpoints) is invented
from the resource's name and the account, and every run says so.

- **check** refuses what the SDK's types do not have, all of it at once: unknown properties at any depth, missing ones,
  wrong types. Values (does this machine type exist?) are not checked.
- **diff** makes a new resource where `catalog/replaces` says that the cloud would; what is not listed there is counted
  and said.
- **preview** leaves unknown what the real provider would. One thing is known earlier: the address and the certificate
  of a cluster that is made for the first time, so that what goes into it is checked in the same preview.
- **configure** refuses an account or a project that the credentials are not for. The credentials' account is given by
  the environment (`SLIPWAY_STANDIN_AWS_ACCOUNT`, `SLIPWAY_STANDIN_GOOGLE_PROJECT`), else taken to be the right one.
- **delete** refuses what is protected in the state. **read** finds everything as it was.
- **functions** that can be answered from the settings are; all others are refused by name.
"""
