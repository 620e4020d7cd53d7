"""matplotlib, imported when something is drawn."""


def import_pyplot():
    """Return `matplotlib.pyplot`, or say how to get it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("skecg.plotting needs matplotlib: pip install skecg[plot].") from error
    return plt
