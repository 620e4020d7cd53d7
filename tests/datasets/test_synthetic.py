import numpy as np
import pytest

from skecg.datasets import make_ecg


def test_classes_weights_and_counts():
    ecg = make_ecg(40, classes=["PE", "NORM"], weights=[1, 3], fs=50, duration=1.0, random_state=0)
    assert ecg.target_names.tolist() == ["PE", "NORM"]
    assert (ecg.target == "PE").sum() == 10
    every = make_ecg(30, fs=50, duration=1.0, random_state=0)
    assert np.unique(every.target, return_counts=True)[1].tolist() == [3] * 10
    assert all(name in every.DESCR for name in every.target_names)


def test_multilabel_target_is_an_indicator_of_compatible_findings():
    ecg = make_ecg(300, multilabel=True, fs=50, duration=1.0, random_state=0)
    y = dict(zip(ecg.target_names, ecg.target.T, strict=True))
    assert ecg.target.shape == (300, 10) and set(np.unique(ecg.target)) == {0, 1}
    assert 20 < (ecg.target.sum(axis=1) == 2).sum() < 150 and ecg.target.sum(axis=1).min() == 1
    assert (ecg.target.sum(axis=1)[y["NORM"] == 1] == 1).all()
    assert not (y["AF"] & (y["1AVB"] | y["PAC"])).any() and not (y["LBBB"] & y["RBBB"]).any()


@pytest.mark.parametrize("seed", [7, np.int64(7)])
def test_the_same_seed_gives_the_same_bytes_and_leaves_the_global_state(seed):
    before = np.random.get_state()[1].copy()  # noqa: NPY002, the state that must stay
    a, b = (make_ecg(35, fs=100, fault_rate=0.2, random_state=seed) for _ in range(2))
    make_ecg(2, fs=50, duration=1.0, random_state=None)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert a.data.to_array().tobytes() == b.data.to_array().tobytes()
    assert a.data.metadata.equals(b.data.metadata) and (a.target == b.target).all()
    c = make_ecg(35, fs=100, fault_rate=0.2, random_state=8)
    assert c.data.to_array().tobytes() != a.data.to_array().tobytes()


def test_generators_and_random_states_are_seeds_too():
    small = {"n_records": 2, "fs": 50, "duration": 1.0}
    for kind in (np.random.default_rng, np.random.RandomState):
        a, b = (make_ecg(**small, random_state=kind(4)).data.to_array() for _ in range(2))
        np.testing.assert_array_equal(a, b)
    state = np.random.RandomState(4)
    a, b = (make_ecg(**small, random_state=state).data.to_array() for _ in range(2))
    assert not np.array_equal(a, b)


@pytest.mark.parametrize("fs", [50, 100, 500, 1000])
@pytest.mark.parametrize("duration", [1, 10.0])
def test_small_sets_of_any_rate_and_length(fs, duration):
    ecg = make_ecg(1, fs=fs, duration=duration, random_state=0)
    assert ecg.data.to_array().shape == (1, 12, fs * duration)
    assert np.isfinite(ecg.data.to_array()).all() and ecg.data.fs[0] == fs
    assert ecg.target.tolist() == ["NORM"]


def test_a_minute_and_records_of_many_lengths():
    ecg = make_ecg(12, fs=100, duration=(1.0, 60.0), random_state=0)
    assert len(set(ecg.data.lengths)) > 8 and ecg.data.lengths.min() >= 100 and ecg.data.lengths.max() <= 6000
    for record, peaks in zip(ecg.data, ecg.r_peaks, strict=True):
        assert (peaks < record.signal.shape[1]).all()
        assert abs(len(peaks) - record.duration * 1.3) < record.duration * 0.9 + 1


def test_leads_come_as_asked_for():
    whole = make_ecg(3, fs=100, random_state=0).data.to_array()
    some = make_ecg(3, fs=100, leads=["V5", "aVR"], random_state=0).data
    assert some.leads == ("V5", "aVR")
    np.testing.assert_array_equal(some.to_array(), whole[:, [10, 3]])


def test_return_X_y():
    X, y = make_ecg(4, fs=50, duration=1.0, random_state=0, return_X_y=True)
    assert len(X) == len(y) == 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"classes": ["NORM", "MI"]}, r"\['MI'\].*NORM, AF"),
        ({"classes": []}, "at least one name"),
        ({"classes": ["PE", "PE"]}, "each once"),
        ({"leads": ["V7"]}, r"\['V7'\].*aVR"),
        ({"fs": 0}, "'fs'"),
        ({"fs": np.nan}, "'fs'"),
        ({"fs": "500"}, "'fs'"),
        ({"fs": None}, "'fs'"),
        ({"duration": 0.5}, "'duration'"),
        ({"duration": (5, 2)}, "shortest, longest"),
        ({"duration": ("a", "b")}, "shortest, longest"),
        ({"n_records": 0}, "'n_records'"),
        ({"n_patients": 21}, "n_records=20.*got 21"),
        ({"n_patients": 1}, "between 10"),
        ({"difficulty": 1.5}, "'difficulty'"),
        ({"weights": [1, 2]}, "10 numbers"),
        ({"classes": ["AF", "PE"], "weights": [-1, 2]}, "none negative"),
        ({"classes": ["AF", "PE"], "weights": [0, 0]}, "not all 0"),
        ({"classes": ["AF", "PE"], "weights": ["a", "b"]}, "2 numbers"),
        ({"random_state": "seed"}, "'random_state'"),
    ],
)
def test_bad_input_is_told(settings, message):
    with pytest.raises(ValueError, match=message):
        make_ecg(**{"n_records": 20} | settings)


def test_r_peaks_are_where_the_heart_moves_most():
    ecg = make_ecg(10, classes=["NORM"], n_patients=10, noise=0, difficulty=0, fs=500, random_state=0)
    for record, peaks in zip(ecg.data, ecg.r_peaks, strict=True):
        size = np.abs(record.signal[ecg.data.leads.index("V5")])
        for peak in peaks[(peaks > 30) & (peaks < len(size) - 30)]:
            assert abs(size[peak - 30 : peak + 30].argmax() - 30) <= 3


def test_patients_keep_their_label():
    ecg = make_ecg(50, n_patients=20, fs=50, duration=1.0, random_state=0)
    table = ecg.data.metadata.assign(target=ecg.target).groupby("patient_id")
    assert len(table) == 20
    assert (table[["age", "sex", "target"]].nunique() == 1).all(axis=None)
    assert ecg.data.metadata["patient_id"].value_counts().max() > 1
