"""A model that comes with skecg has a name, and the name stands wherever a path may."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import skecg
from skecg.classifiers import ResNetClassifier
from skecg.cli import main
from skecg.format import load_weights
from skecg.persistence import list_contents
from skecg.pretrained import _table, list_models, path_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["small-resnet", "small", Path("small")])
def test_a_name_loads_the_packaged_model(packaged, path, ecgs, name):
    loaded = skecg.load(name)
    np.testing.assert_array_equal(loaded.predict_proba(ecgs.data), skecg.load(path).predict_proba(ecgs.data))


def test_a_name_stands_for_a_path_everywhere(packaged, ecgs):
    weights, _ = load_weights("small")
    scaled = skecg.load("small", on_mismatch=None)[:-1].transform(ecgs.data)
    heir = ResNetClassifier(width=4, window=128, pretrained="small", fine_tune="head", max_epochs=1, random_state=0)
    taken = heir.fit(scaled, ecgs.target).net_.module_.state_dict()
    trunk = [name for name in weights if name.startswith("trunk.")]
    assert trunk and all(np.array_equal(taken[name], weights[name]) for name in trunk)
    assert "width=4" in list_contents("small")


def test_an_existing_file_wins_over_a_name_and_a_folder_does_not(packaged):
    Path("small").mkdir()
    assert path_of("small") == packaged / "small-resnet.skecg"
    assert path_of("./small") == "./small"
    Path("small").rmdir()
    Path("small").write_bytes(b"not a model")
    assert path_of("small") == "small"
    with pytest.raises(ValueError, match="small is no model of skecg, or is damaged"):
        skecg.load("small")


@pytest.mark.parametrize("text", ["models/small", "small.skecg", "./small", "~/small"])
def test_text_that_looks_like_a_path_is_one(packaged, text):
    assert path_of(text) == text


def test_an_unknown_name_is_refused_with_the_names_and_another_source(packaged):
    expected = (
        r"There is no file 'smal-resnet', and no model of this name: skecg comes with .*small, small-resnet; did you "
        r'mean small-resnet\? skecg.from_hub\("owner/name"\) loads a model'
    )
    with pytest.raises(FileNotFoundError, match=expected):
        skecg.load("smal-resnet")
    with pytest.raises(FileNotFoundError, match=expected):
        ResNetClassifier(pretrained="smal-resnet").fit(np.ones((4, 2, 64)) * np.linspace(0, 1, 64), [0, 1, 0, 1])
    with pytest.raises(FileNotFoundError, match=r"no model of this name: skecg comes with [^;]*small-resnet\. skecg"):
        skecg.load("something")


def test_without_any_model_the_error_and_the_table_say_so(monkeypatch, capsys):
    monkeypatch.setattr("skecg.pretrained._find.MODELS", {})
    monkeypatch.setattr("skecg.pretrained._find.ALIASES", {})
    monkeypatch.setattr("skecg.pretrained._list.MODELS", {})
    with pytest.raises(FileNotFoundError, match=r"this version of skecg comes with no models\. skecg.from_hub"):
        path_of("ptbxl")
    assert list(list_models().columns) == ["alias", "megabytes", "n_leads", "leads", "title"]
    assert main(["models"]) == 0
    assert capsys.readouterr().out == "This version of skecg comes with no models.\n"


def test_a_file_that_changed_is_refused(packaged):
    with (packaged / "small-resnet.skecg").open("ab") as file:
        file.write(b" ")
    with pytest.raises(ValueError, match=r"is not the small-resnet of this version.*Install skecg again"):
        skecg.load("small")
    (packaged / "small-resnet.skecg").unlink()
    with pytest.raises(FileNotFoundError, match=r"The file of small-resnet, .* is missing: install skecg again"):
        skecg.load("small")


def test_the_table_of_models_is_tidy(packaged, path):
    row = list_models().loc["small-resnet"]
    assert row["alias"] == "small"
    assert row["megabytes"] == round(path.stat().st_size / 1e6, 2)
    assert (row["n_leads"], row["leads"][:6], row["AUROC"]) == (12, "I, II,", 0.91)


def test_every_model_of_the_table_has_its_file_and_every_file_its_row():
    assert {file.stem for file in _table.FOLDER.glob("*.skecg")} == set(_table.MODELS)
    assert set(_table.ALIASES.values()) <= set(_table.MODELS)
    assert not set(_table.ALIASES) & set(_table.MODELS)
    for name, model in _table.MODELS.items():
        assert path_of(name) == _table.file_of(name)
        assert skecg.load(name)[0].leads == list(model.leads)
    assert "CC BY 4.0" in (_table.FOLDER / "ATTRIBUTION.md").read_text(encoding="utf-8")


def test_training_starts_from_a_name(packaged, ecgs, tmp_path, capsys):
    skecg.datasets.write_ecg(ecgs.data, tmp_path / "records", format="wfdb")
    names = sorted(path.stem for path in (tmp_path / "records").glob("*.hea"))
    rows = ["record,target", *(f"{name},{label}" for name, label in zip(names, ecgs.target, strict=True))]
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    out = tmp_path / "heir.skecg"
    train = ["train", str(tmp_path / "labels.csv"), "--records", str(tmp_path / "records"), "--positive", "LBBB"]
    train += ["--set", "max_epochs=1", "--hold-out", "0", "--pretrained", "small", "--out", str(out)]
    assert main(train) == 0
    assert "heir.skecg: small of 16 records" in capsys.readouterr().out
    assert skecg.load(out)["classifier"].width == 4
    assert main([*train, "--network", "crnn"]) == 1
    assert "pass 'resnet' in place of 'crnn'" in capsys.readouterr().err


def test_the_command_line_takes_names(packaged, ecgs, tmp_path, capsys):
    skecg.datasets.write_ecg(ecgs.data[:2], tmp_path / "records", format="wfdb")
    out = tmp_path / "p.csv"
    assert main(["predict", "small", str(tmp_path / "records"), "--out", str(out), "--quiet"]) == 0
    assert len(out.read_text().splitlines()) == 3
    assert main(["inspect", "small"]) == 0
    assert main(["models"]) == 0
    said = capsys.readouterr().out
    assert "the learned weights of networks stored as float16" in said
    assert "small-resnet" in said and "0.91" in said
    shutil.rmtree(tmp_path / "records")
    assert main(["inspect", "sma"]) == 1
    assert "did you mean small?" in capsys.readouterr().err
