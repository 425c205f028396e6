"""Errors for the person who reads the log."""

from __future__ import annotations


class LoadError(Exception):
    """One line that says what is wrong. It never has a value of a row."""
