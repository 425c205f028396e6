"""Simulates the AICC service, for the demo, the tests and the benchmarks; not part of the wheel."""
