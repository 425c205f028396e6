"""Singer target for DuckDB that changes no value and commits each run in one transaction."""
