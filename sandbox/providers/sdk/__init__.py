"""What a Pulumi SDK for Python knows of its provider: inputs, outputs, which are required, and of which type.

The packages are generated, so all of it stands in their source in one regular form. It is read there, class by class,
and never imported: `pulumi_gcp.compute` alone takes a second and 100 MB to import.
"""
