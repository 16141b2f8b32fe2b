"""The fetcher that models' pods start with: `fetch.py` and `gcs.py` go into its image."""
