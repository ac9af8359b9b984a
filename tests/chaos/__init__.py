"""Kills everything, under load, at every step that has a name, and checks that nothing is lost or counted twice.

`python -m tests.chaos --seconds 600 --seed 7` runs real processes (PostgreSQL, web, worker) on a directory of
their own. Shops (`commerce`) send signed deliveries through the front door (`load`) and note outside of the
system what was acknowledged (`journal`); meanwhile faults are made one after the other (`acts`). At quiet
points and at the end the oracle compares every table with what follows from the journal (`expected`), and in
the end the tables are built anew from the kept bodies (`rebuild`).

Source: reliability.md §4: the ledger oracle I1-I7, and A1-A4 and A6.
"""
