"""Forked processes: keep them from waiting for threads that exist in their parent only."""

import os

import torch

_COMPUTED = {"here": False}


def note_computation():
    """Note that this process has computed with the threads of PyTorch, so that forked children use one thread.

    The pool of threads that OpenMP keeps does not survive a fork: a child that used the pool would wait
    forever. A child with one thread needs no pool.
    """
    _COMPUTED["here"] = True


def _use_one_thread():
    if _COMPUTED["here"] and torch.get_num_threads() > 1:
        torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_use_one_thread)
