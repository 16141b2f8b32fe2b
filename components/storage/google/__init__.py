"""The artifact store on Google: a bucket on Cloud Storage, its key and its logs, and a repository for images."""
