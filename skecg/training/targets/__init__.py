"""Labels, weights and the share held out, as the loss wants them."""
