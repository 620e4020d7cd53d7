"""Weights from another fit: which are taken over, and which go on learning."""
