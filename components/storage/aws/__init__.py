"""The artifact store on AWS: a bucket on S3, its key and its logs, and repositories on ECR."""
