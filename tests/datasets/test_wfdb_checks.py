"""Checksums of WFDB headers."""

import warnings

import numpy as np
import pytest

from skecg.datasets import read_wfdb


@pytest.fixture
def write(tmp_path):
    """Write a record whose header gives checksums, with a difference on request."""

    def write(name, form="16", n_times=137, checksum=0):
        bits = {"16": 15, "24": 23, "32": 31, "80": 7}[form]
        digital = np.random.default_rng(0).integers(-(2 ** min(bits, 20)) + 1, 2 ** min(bits, 20), (n_times, 3))
        if form == "24":
            data = digital.astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3]
        else:
            data = (
                digital.astype({"16": "<i2", "32": "<i4"}[form]) if form != "80" else (digital + 128).astype(np.uint8)
            )
        (tmp_path / f"{name}.dat").write_bytes(data.tobytes())
        sums = digital.sum(axis=0) % 2**16
        sums = np.where(sums >= 2**15, sums - 2**16, sums)  # writers use signed numbers
        lines = [f"{name} 3 250 {n_times}"]
        for lead, start, total in zip(("I", "II", "V1"), digital[0], sums, strict=True):
            total = 0 if checksum is None else total + (checksum if lead == "II" else 0)
            lines.append(f"{name}.dat {form} 1000/mV 16 0 {start} {total} 0 {lead}")
        (tmp_path / f"{name}.hea").write_text("\n".join(lines) + "\n")
        return tmp_path / name

    return write


@pytest.mark.parametrize("form", ["16", "24", "32", "80"])
@pytest.mark.parametrize("n_times", [10, 50, 137])
def test_a_checksum_that_differs_is_told(write, form, n_times):
    good, odd = write("good", form, n_times), write("odd", form, n_times, checksum=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(read_wfdb([good, write("blank", form, n_times, checksum=None)])) == 2
        assert len(read_wfdb([odd], leads=["V1", "I"])) == 1  # lead II is not read
    with pytest.warns(UserWarning, match=r"1 of 2 records .* headers describe: .*odd\.hea, lead II \(checksum"):
        read_wfdb([good, odd], leads=["V1", "II"])


def test_a_swapped_file_is_told_in_every_process(write, monkeypatch):
    monkeypatch.setattr("skecg.datasets._wfdb._LARGE", 0)
    paths = [write("a"), write("b", n_times=138), write("c")]
    paths[2].with_suffix(".dat").write_bytes(bytes(137 * 6))
    with pytest.warns(UserWarning, match=r"1 of 3 records .*c\.hea, lead I \(checksum"):
        read_wfdb(paths, n_jobs=2)
