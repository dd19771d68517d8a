"""Measurements, side by side, never part of the tests."""
