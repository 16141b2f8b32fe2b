"""slipway-s3: buckets and their readers on any S3-compatible server, as a resource provider of our own."""
