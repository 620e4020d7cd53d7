"""What every estimator of skecg shares, whichever package it lives in."""
