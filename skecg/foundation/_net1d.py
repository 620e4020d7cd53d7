"""Checkpoints of Net1D: names and shapes as in the published code, and their place in ours."""

import re

# The networks were trained without their layers of BatchNorm, which the checkpoints hold all the same.
UNUSED = r"dense\.|(first_bn|.*\.bn[123])\."

_PLACES = (
    (r"first_conv\.conv\.", r"stem.0."),
    (r"stage_list\.(\d+)\.block_list\.(\d+)\.conv1\.conv\.", r"stages.\1.\2.path.1."),
    (r"stage_list\.(\d+)\.block_list\.(\d+)\.conv2\.conv\.", r"stages.\1.\2.path.3."),
    (r"stage_list\.(\d+)\.block_list\.(\d+)\.conv3\.conv\.", r"stages.\1.\2.path.5."),
    (r"stage_list\.(\d+)\.block_list\.(\d+)\.se_fc1\.", r"stages.\1.\2.gate.0."),
    (r"stage_list\.(\d+)\.block_list\.(\d+)\.se_fc2\.", r"stages.\1.\2.gate.2."),
)


def layout(n_leads, *, widths, depths, ratio, kernel, group_width):
    """Return {name: shape} of the weights in a checkpoint.

    Parameters
    ----------
    n_leads : int
        Number of leads.
    widths, depths, ratio, kernel, group_width
        As in `skecg.networks.Net1D`.

    Returns
    -------
    shapes : dict of str to tuple of int
    """
    shapes = _layer("first_conv.conv", widths[0], n_leads, kernel)
    n_in = widths[0]
    for i, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        n_middle, n_groups = int(width * ratio), width // group_width
        for j in range(depth):
            block = f"stage_list.{i}.block_list.{j}."
            shapes |= _layer(f"{block}conv1.conv", n_middle, n_in, 1)
            shapes |= _layer(f"{block}conv2.conv", n_middle, n_middle // n_groups, kernel)
            shapes |= _layer(f"{block}conv3.conv", width, n_middle, 1)
            shapes |= _layer(f"{block}se_fc1", width // 2, width)
            shapes |= _layer(f"{block}se_fc2", width, width // 2)
            n_in = width
    return shapes


def _layer(name, n_out, *shape):
    return {f"{name}.weight": (n_out, *shape), f"{name}.bias": (n_out,)}


def convert(arrays):
    """Return the weights of `Net1D` from those of a checkpoint.

    Parameters
    ----------
    arrays : dict of str to ndarray
        The weights of the checkpoint.

    Returns
    -------
    weights : dict of str to ndarray
        Without the head.
    """
    return {_place(name): values[:, :, None] if values.ndim == 3 else values for name, values in arrays.items()}


def _place(name):
    for pattern, place in _PLACES:
        name = re.sub(f"^{pattern}", place, name)
    return name
