"""`python -m convertos`."""

from convertos.cli import main

main()
