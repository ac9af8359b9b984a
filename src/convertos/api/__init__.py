"""JSON over HTTP, one file for each resource of the contract.

In:    requests of people's sessions, API keys and tokens.
Out:   what a domain's verbs and queries answer, in the contract's spelling.
Next:  programs, and the dashboard's live parts.
Never: SQL, a store, or a rule of business.
"""

from convertos.api.application import create_api

__all__ = ["create_api"]
