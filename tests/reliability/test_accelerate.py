"""Two processes of `accelerate launch` share a fit, with the script of one process."""

import os
import re
import subprocess
import sys

import pytest

SCRIPT = """
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from skecg.classifiers import ResNetClassifier
from skecg.datasets import make_ecg
from skecg.preprocessing import Normalize

ecgs = make_ecg(192, classes=["NORM", "LBBB"], fs=100, duration=3, difficulty=1, random_state=0)
X, y = ecgs.data, ecgs.target
network = ResNetClassifier(width=8, max_epochs=10, batch_size=32, device="cpu", random_state=0)
model = make_pipeline(Normalize(per="record"), network).fit(X[:128], y[:128])
print(f"AUROC {roc_auc_score(y[128:], model.predict_proba(X[128:])[:, 1]):.4f}", flush=True)
"""


@pytest.mark.slow
def test_two_processes_score_as_one(tmp_path):
    pytest.importorskip("accelerate", reason="accelerate is not installed")
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    (alone,), together = (scores(script, n) for n in (1, 2))
    assert alone > 0.7
    assert len(together) == 2
    assert together == pytest.approx([alone] * 2, abs=0.01)


def scores(script, n_processes):
    """Run the script with n processes, and return the AUROC that each prints."""
    launch = [sys.executable, "-m", "accelerate.commands.launch", f"--num_processes={n_processes}"]
    launch += ["--num_machines=1", "--mixed_precision=no", "--dynamo_backend=no", "--main_process_port=0"]
    launch += ["--multi_gpu"] if n_processes > 1 else ["--cpu"]  # also for CPUs, which ACCELERATE_USE_CPU selects
    environment = {**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*launch, str(script)], capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return [float(score) for score in re.findall(r"AUROC ([\d.]+)", done.stdout)]
