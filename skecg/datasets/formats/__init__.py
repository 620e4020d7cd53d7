"""Readers of the files that ECG machines export, one module for each format.

Each module has two functions: `recognises(head)` looks at the first bytes of a file, and
`read(data)` returns a `Recording`, or raises a ValueError that says what is wrong.
"""
