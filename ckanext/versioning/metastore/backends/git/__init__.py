"""The default backend: one local bare git repository per dataset."""

from .backend import GitBackend

__all__ = ["GitBackend"]
