"""Import matplotlib only when something is drawn."""


def import_pyplot():
    """Return `matplotlib.pyplot`; without matplotlib, raise an ImportError that says how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("skecg.plotting needs matplotlib: pip install skecg[plot].") from error
    return plt
