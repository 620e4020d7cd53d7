"""Inputs of the network: windows, batches, augmentation and covariates."""
