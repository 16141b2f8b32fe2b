"""The fetcher that models' pods start with: `fetch.py` alone goes into its image."""
