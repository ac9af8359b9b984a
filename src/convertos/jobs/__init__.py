"""Work that follows from what happened: reactions in the same transaction, and jobs that run later.

In:    facts, emitted by a domain in its own transaction; schedules.
Out:   reactions called at once, jobs kept with the transaction, retried and parked.
Next:  whatever `flow` has registered.
Never: which fact leads to which work: that is `flow`'s page.
"""

from convertos.jobs.reactions import Reaction, emit, install_reactions

__all__ = ["Reaction", "emit", "install_reactions"]
