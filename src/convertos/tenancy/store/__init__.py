"""All SQL of the domain, one file for each kind of row."""
