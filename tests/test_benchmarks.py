"""The shared code of the benchmarks; the quick run includes every script."""

import csv
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from skecg.pipeline import PRESETS, make_ecg_pipeline

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
FIGURES = Path(__file__).parents[1] / "docs" / "papers" / "figures.py"


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Let the scripts store their rows in a temporary folder and import each other; return the folder."""
    monkeypatch.setenv("SKECG_BENCH_RESULTS", str(tmp_path))
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    for name in [name for name in sys.modules if name in {path.stem for path in BENCHMARKS.glob("_*.py")}]:
        monkeypatch.delitem(sys.modules, name)
    yield tmp_path
    for name in [name for name in sys.modules if name in {path.stem for path in BENCHMARKS.glob("_*.py")}]:
        del sys.modules[name]


def test_the_quick_run_reaches_every_script():
    reached = {command.split()[0] for command in load(BENCHMARKS / "quick.py").COMMANDS}
    scripts = {path.name for path in BENCHMARKS.glob("*.py") if not path.name.startswith("_")}
    assert reached == scripts - {"quick.py", "demo.py"}  # `make demo` runs demo.py


@pytest.mark.parametrize(("flag", "folder"), [(None, "results"), ("--quick", "skecg-quick-"), ("elsewhere", "there")])
def test_figures_of_a_quick_run_never_lie_with_the_results(flag, folder, tmp_path):
    code = "import _results; print(_results.FOLDER)"
    environment = {key: value for key, value in os.environ.items() if key != "SKECG_BENCH_RESULTS"}
    environment["TMPDIR"] = str(tmp_path)
    if flag == "elsewhere":
        environment["SKECG_BENCH_RESULTS"] = str(tmp_path / "there")
    call = [sys.executable, "-c", code, *([flag] if flag == "--quick" else [])]
    printed = subprocess.run(call, cwd=BENCHMARKS, env=environment, capture_output=True, text=True, check=True).stdout
    assert Path(printed.strip()).name.startswith(folder)
    assert (Path(printed.strip()).parent == BENCHMARKS) == (flag is None)


class Constant(BaseEstimator):
    """An estimator that counts its fits and predicts both classes with equal probability."""

    fits = 0

    def __init__(self, window=250, max_epochs=1, random_state=0, method="zscore", per="lead"):
        self.window = window
        self.max_epochs = max_epochs
        self.random_state = random_state
        self.method = method
        self.per = per

    def fit(self, X, y):
        Constant.fits += 1
        self.fitted_ = True
        return self

    def transform(self, X):
        return X

    def predict_proba(self, X):
        return np.tile(X[:, :1, 0], (1, 2))


def test_a_run_that_is_stored_is_not_trained_again(results):
    study = load(BENCHMARKS / "length_normalisation.py")
    X, y = np.arange(8.0).reshape(8, 1, 1), np.repeat([[0, 1], [1, 0]], 4, axis=0)
    pipeline = Pipeline([("normalize", Constant()), ("classifier", Constant())])
    Constant.fits = 0
    scores = [study.Run(pipeline, "crnn", "search").fit(X, y).score(X, y) for _ in range(2)]
    assert scores == [0.5, 0.5]
    assert Constant.fits == 2  # each of the two steps once
    study.Run(pipeline, "resnet", "search").fit(X, y)
    assert Constant.fits == 4
    with (results / "length_normalisation.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["network"], row["window"], row["macro_auc"], row["n_train"]) == ("crnn", "250", "0.5000", "8")


def test_a_setting_ranks_by_how_far_it_came_then_by_its_score(results):
    study = load(BENCHMARKS / "length_normalisation.py")
    shared = {"network": "crnn", "method": "zscore", "per": "lead", "part": "search"}
    for window, n_train, auc in ((100, 10, 0.9), (200, 10, 0.7), (250, 10, 0.6), (200, 30, 0.7), (250, 30, 0.8)):
        study.store(study.TABLE, shared | {"window": window, "n_train": n_train, "macro_auc": auc})
    study.store(study.TABLE, shared | {"window": 100, "n_train": 30, "macro_auc": 0.99, "part": "seeds"})
    assert [setting[0] for _, setting in study.ranked("crnn")] == [250, 200, 100]


def test_ways_are_compared_over_the_draws_that_both_have(results):
    study = load(BENCHMARKS / "transfer.py")
    scores = {"from scratch": (0.5, 0.7, 0.6), "head": (0.6, 0.9), "own output": (0.8, 0.8, 0.8)}
    for way, of_draws in scores.items():
        for draw, score in enumerate(of_draws):
            n = 0 if way == "own output" else 50
            study.store("transfer", {"target": "pe", "network": "a", "way": way, "n": n, "draw": draw, "auroc": score})
    study.summary(None)
    with (results / "transfer_differences.csv").open(newline="") as file:
        rows = {row["way"]: row for row in csv.DictReader(file)}
    found = {way: (row["draws"], row["n"], row["difference"]) for way, row in rows.items()}
    assert found == {"head": ("2", "50", "+0.150"), "own output": ("3", "50", "+0.200")}
    with (results / "transfer_means.csv").open(newline="") as file:
        means = {row["way"]: (row["0"], row["50"], row["100"]) for row in csv.DictReader(file)}
    assert means == {"from scratch": ("", "0.600", ""), "head": ("", "0.750", ""), "own output": ("0.800", "", "")}
    half = 0.05 * 12.706  # half the difference of two draws, and Student's t of one degree of freedom
    assert (rows["head"]["low"], rows["head"]["high"]) == (f"{0.15 - half:+.3f}", f"{0.15 + half:+.3f}")


def test_the_own_output_joins_the_table_of_beats_if_the_target_has_statements(results):
    study, way, beats = load(BENCHMARKS / "transfer.py"), "own output + beats, trees", np.ones((6, 3))
    target = SimpleNamespace(y=np.arange(6) % 2, statements=[("AFIB",)])
    for own_output, n_columns in ((np.arange(6) / 6, 1), (np.ones((6, 2)), 2)):
        inputs = SimpleNamespace(own_output=own_output, beats=beats, target=target)
        table = study.Inputs.table(inputs, way, draw=0)
        np.testing.assert_array_equal(table, np.hstack([own_output.reshape(6, n_columns), beats]))
    target.statements = []
    study.fit_and_score(inputs, ("mitdb", "a", way, "0", "25"), np.arange(4), np.arange(4, 6))
    assert not study.stored("transfer")


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_the_window_of_a_preset_is_the_one_that_won(name, results):
    for path in (BENCHMARKS / "results").glob("length_*.csv"):
        shutil.copy(path, results)
    study = load(BENCHMARKS / "length_normalisation.py")
    met = [name] if name in study.NARROW else study.NARROW
    assert make_ecg_pipeline(name).get_params()["classifier__window"] == study.winning_window(met)


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("name", ["lengths", "windows", "score_and_time", "transfer"])
def test_the_pictures_of_the_study(name, stored, tmp_path):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    figures = load(FIGURES)
    figure = getattr(figures, name)(*([] if stored else [tmp_path]))
    figure.canvas.draw()
    texts = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert stored or texts == ["Not measured yet."]
    pyplot.close(figure)


def test_a_way_has_one_color_in_all_panels_of_the_transfer_curves():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    figure = load(FIGURES).transfer()
    colors = {}
    for line in (line for ax in figure.axes for line in ax.lines if not line.get_label().startswith("_")):
        assert colors.setdefault(line.get_label(), line.get_color()) == line.get_color(), line.get_label()
    assert len(set(colors.values())) == len(colors) > 5
    pyplot.close(figure)
