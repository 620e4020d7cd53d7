"""One fit in several processes: launch, exchange, and normalisation over all records of a batch."""
