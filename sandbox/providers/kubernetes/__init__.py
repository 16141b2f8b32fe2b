"""The stand-in for the kubernetes provider: the same resources, against a real API server.

It is used where the official plugin cannot be had, for the SDK's version 4.34.2, and only below a Pulumi home that
Slipway made (`guard`). Every object goes through server-side apply with the field manager `slipway`:

- **preview**: the API server judges each new or changed object in a strict dry run. By default the first refusal ends
  the preview, as the engine has it. With `SLIPWAY_PREVIEW_ERRORS=collect` in the environment each refusal is logged as
  an error at its resource and the preview goes on, so that all are shown; the engine then exits with 0, so only a
  caller that fails on diagnostics of severity `error` may set it.
- **create** is one atomic request that cannot touch an object that is already there (`apply`). An object bearing this
  stack's marker and the same URN is taken over: an earlier run was killed between the object and its state.
- **update** takes removed fields away, and takes nothing from other field managers: a conflict names them.
- **await**: see `awaiting`; an object that is not ready in time stays in the state with the reasons.

The cluster of a stand-in cloud has no API server: then all of this is `offline`, and says so.

Not done here: `Patch` and `List` kinds, `metadata.generateName`, Helm and YAML components, functions.
"""
