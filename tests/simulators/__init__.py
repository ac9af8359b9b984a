"""Stores that behave as the recordings and the facts say, with faults that a test chooses."""
