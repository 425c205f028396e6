"""Measures the tap beside a plain tap and a bare script, and whole loads through Meltano: `make bench`."""
