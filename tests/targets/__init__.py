"""Loads into real targets, through the project's own `meltano.yml`."""
