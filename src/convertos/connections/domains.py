"""One spelling for each shop's host."""

from convertos.core.addresses import normal_domain

__all__ = ["normal_domain"]
