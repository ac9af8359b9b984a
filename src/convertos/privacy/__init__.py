"""Forgetting people: in the ledger at once, in the kept bodies soon after.

In:    somebody's order to erase a contact.
Out:   tables and receipts in which nobody can be recognised.
Next:  nothing; `ledger.suppression` keeps what was erased from coming back.
Never: a sum that changes because somebody was erased.
"""
