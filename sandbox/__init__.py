"""The embedded environment: a real node, simulated GPU nodes, an S3 server."""
