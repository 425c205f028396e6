"""The tap, measured beside a plain tap and a bare script: `make bench`."""
