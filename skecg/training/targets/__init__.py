"""Targets, weights and losses, and the split of records for early stopping."""
