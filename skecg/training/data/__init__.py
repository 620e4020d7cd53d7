"""What the network sees of the records: windows, batches, augmentation, covariates."""
