"""Threads in place of processes write to a board; `test_shared_fits.py` uses it between processes."""

import mmap
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from skecg.training.distributed import board
from skecg.training.distributed.board import PLACE, Board


@pytest.fixture
def boards():
    memory = mmap.mmap(-1, Board.size(3))
    return [Board(memory, rank, [os.getpid()] * 3) for rank in range(3)]


def test_all_get_the_tensors_of_all_in_order(boards):
    shapes = [(1,), (7, 3), (), (PLACE // 4,), (2, 0, 3), (5, 1)]
    kinds = [torch.float32, torch.int64, torch.bfloat16, torch.float32, torch.float32, torch.float64]

    def exchange(each):
        got = []
        for turn in range(300):
            shape, kind = shapes[turn % 6], kinds[turn % 6]
            tensor = torch.full(shape, 3 * turn + each.rank).to(kind)
            if not each.holds(tensor):
                assert tensor.numel() == 0
                continue
            got.append((tensor, each.gather(tensor)))
        return got

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(exchange, boards))
    for exchanges in zip(*found, strict=True):
        sent = [own for own, _ in exchanges]
        for _, got in exchanges:
            assert [(part.dtype, part.shape) for part in got] == [(part.dtype, part.shape) for part in sent]
            assert all(torch.equal(part, own) for part, own in zip(got, sent, strict=True))


def test_a_tensor_that_is_not_contiguous_keeps_its_values(boards):
    tensors = [torch.arange(6.0).reshape(2, 3).T + rank for rank in range(3)]
    with ThreadPoolExecutor(3) as pool:
        got = list(pool.map(lambda each: each.gather(tensors[each.rank]), boards))
    assert all(torch.equal(part, own) for part, own in zip(got[0], tensors, strict=True))


def test_what_is_too_large_or_elsewhere_has_no_place():
    assert Board.holds(torch.zeros(PLACE // 4)) and not Board.holds(torch.zeros(PLACE // 4 + 1))
    assert not Board.holds(torch.zeros(3, device="meta"))


def test_waiting_for_one_that_has_left_or_ended_raises(boards):
    boards[1].leave()
    with pytest.raises(RuntimeError, match="Process 1 has left"):
        boards[0].gather(torch.ones(2))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    alone = Board(mmap.mmap(-1, Board.size(2)), 0, [os.getpid(), ended.pid])
    with pytest.raises(RuntimeError, match="Process 1 has ended"):
        alone.gather(torch.ones(2))


def test_without_space_there_is_no_file(monkeypatch, tmp_path):
    monkeypatch.setattr(board, "_FOLDER", tmp_path)

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(board.os, "posix_fallocate", full, raising=False)
    assert board._made(10) is None and not list(tmp_path.iterdir())
    assert board._mapped(tmp_path / "of another container") is None
