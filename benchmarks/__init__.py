"""How fast the server answers, beside an endpoint written by hand over the same rows: `python -m benchmarks`."""
