"""What ConvertOS promises to reach, measured as ratios within one run. `make bench`; see README.md here."""
