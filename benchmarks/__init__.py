"""Measures the tap next to a plain tap and a bare script, and the complete job: `make bench`."""
