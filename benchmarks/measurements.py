"""Measurements of PTB-XL's records by diagnosis, to compare each group with what textbooks say of it.

    OMP_NUM_THREADS=1 python benchmarks/measurements.py
    OMP_NUM_THREADS=1 python benchmarks/measurements.py --st

Records of folds 4 to 6, which chose nothing, at most 200 for each statement. Groups other than PAC and PVC leave out
records that also have one of the statements PAC, PVC, BIGU and TRIGU. Values are medians of
`BeatFeatures(columns="all")`, or shares of the records beyond a limit. Results go to results/measurements.csv, one row
per statement.

`--st` measures how much of an ST segment of at least 0.1 mV each step leaves that the guide recommends where ST
matters, in the leads of LUDB's records that are in the folder, with 95 % intervals by record. Results go to
results/st.csv, one row per step.
"""

import argparse

import numpy as np
from _results import QUICK, store, surroundings

from skecg.datasets import fetch_ptbxl, make_ecg
from skecg.features import BeatFeatures

STATEMENTS = ["NORM", "CLBBB", "CRBBB", "LAFB", "LVH", "LAO/LAE", "IMI", "1AVB", "LNGQT", "AFIB", "AFLT", "PAC", "PVC"]
ECTOPIC = {"PAC", "PVC", "BIGU", "TRIGU"}
MOST = 200
MEDIANS = {
    "pr_ms": ("pr_interval", 1000),
    "qrs_ms": ("qrs_duration", 1000),
    "qtc_ms": ("qtc_fridericia", 1000),
    "qrs_axis": ("qrs_axis", 1),
    "spatial_angle": ("qrs_t_angle_spatial", 1),
    "sokolow_mV": ("sokolow_lyon", 1),
    "atrial_rate": ("atrial_rate", 1),
}
SHARES = {
    "qrs_120": ("qrs_duration", 0.12),
    "sokolow_35": ("sokolow_lyon", 3.5),
    "p_force_40": ("p_terminal_force_v1", 0.004),
    "q_aVF_30": ("q_duration_AVF", 0.03),
    "r_prime_V1": ("r_prime_amplitude_V1", 0.03),
    "any_S": ("supraventricular_share", 0),
    "any_V": ("ventricular_share", 0),
}


def load():
    """Return records and {statement: mask}."""
    if QUICK:
        made = make_ecg(12, classes=["NORM", "LBBB"], fs=100, random_state=0)
        return made.data, {"NORM": made.target == "NORM", "CLBBB": made.target == "LBBB"}
    found = fetch_ptbxl(task="all", fs=100, folds=[4, 5, 6], verbose=0)
    has = dict(zip(found.target_names, found.target.T.astype(bool), strict=True))
    ectopic = np.any([has[name] for name in ECTOPIC], axis=0)
    return found.data, {name: has[name] & ~(ectopic & (name not in ECTOPIC)) for name in STATEMENTS}


def st():
    """Store how much of ST each recommended step leaves."""
    from _st import RECOMMENDED, leads_of_ludb, st_left, st_levels

    leads, marks, record = leads_of_ludb()
    _, record = np.unique(record[np.abs(st_levels(leads, marks)) >= 0.1], return_inverse=True)
    drawn = np.random.default_rng(0).integers(record.max() + 1, size=(2000, record.max() + 1))
    times = np.stack([np.bincount(draw, minlength=record.max() + 1)[record] for draw in drawn])
    for step in RECOMMENDED:
        left = st_left(step, leads, marks)
        kept = left >= 0.8
        low, high = np.percentile((times @ kept) / times.sum(axis=1), (2.5, 97.5))
        row = {"step": str(step), "leads": len(left), "left_median": f"{np.median(left):.3f}"}
        row |= {"keep_80_percent": f"{kept.mean():.3f}", "low": f"{low:.3f}", "high": f"{high:.3f}"}
        print("  ".join(f"{key} {value}" for key, value in row.items()))
        store("st", row | surroundings())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a little synthetic data")
    parser.add_argument("--st", action="store_true", help="what steps leave of ST in LUDB")
    if parser.parse_args().st:
        return st()
    records, groups = load()
    for statement, mask in groups.items():
        rows = np.flatnonzero(mask)[:MOST]
        table = BeatFeatures(columns="all").set_output(transform="pandas").fit_transform(records[rows])
        table.columns = [name.replace("_aVF", "_AVF") for name in table.columns]
        row = {"statement": statement, "records": len(rows)}
        row |= {name: f"{scale * table[column].median():.4g}" for name, (column, scale) in MEDIANS.items()}
        for name, (column, limit) in SHARES.items():
            values = table[column].dropna()
            row[name] = f"{(values > limit).mean():.2f}"
        print("  ".join(f"{key} {value}" for key, value in row.items()))
        store("measurements", row | surroundings())


if __name__ == "__main__":
    main()
