"""Writers of file formats, one module for each format.

Each module has a function `write(path, record, name)`, which writes one record and returns the files it wrote.
"""
