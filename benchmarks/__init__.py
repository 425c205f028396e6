"""Measures the tap beside a plain tap and a bare script: `make bench`."""
