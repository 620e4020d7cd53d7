"""Training over two processes reaches the same score as training in one process."""

import os
import re
import subprocess
import sys

import pytest

SCRIPT = """
import torch
from accelerate import Accelerator
from sklearn.metrics import roc_auc_score
from skorch import NeuralNetClassifier
from skorch.hf import AccelerateMixin
from skecg.datasets import make_ecg
from skecg.networks import ResNet
from skecg.preprocessing import Normalize

torch.set_num_threads(1)

class Net(AccelerateMixin, NeuralNetClassifier):
    pass

class CrossEntropy:  # a module without weights is one that Accelerate cannot spread over CPUs
    def __call__(self, logits, y):
        return torch.nn.functional.cross_entropy(logits, y)

ecgs = make_ecg(192, classes=["NORM", "LBBB"], fs=100, duration=3, difficulty=1, random_state=0)
X = Normalize(per="record").fit_transform(ecgs.data.to_array())
y = (ecgs.target == "LBBB").astype(int)
accelerator = Accelerator(cpu=True)
torch.manual_seed(0)
net = Net(
    ResNet(12, 2, width=8), accelerator=accelerator, criterion=CrossEntropy, train_split=None, device=None,
    max_epochs=10, batch_size=32 // accelerator.num_processes, lr=2e-3, optimizer=torch.optim.AdamW,
    iterator_train__shuffle=True, verbose=0,
)
net.fit(X[:128], y[:128])
if accelerator.is_main_process:
    with torch.no_grad():
        p = accelerator.unwrap_model(net.module_).eval()(torch.from_numpy(X[128:])).softmax(1)[:, 1].numpy()
    print(f"{accelerator.num_processes} processes: {roc_auc_score(y[128:], p):.4f}", flush=True)
accelerator.end_training()
"""


@pytest.mark.slow
def test_two_processes_score_as_one(tmp_path):
    pytest.importorskip("accelerate", reason="accelerate is not installed")
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    alone, together = (score(script, n) for n in (1, 2))
    assert min(alone, together) > 0.7
    assert abs(alone - together) < 0.1


def score(script, n_processes):
    """Run the script with n processes, and return the AUROC that it prints."""
    launch = [sys.executable, "-m", "accelerate.commands.launch", f"--num_processes={n_processes}"]
    launch += ["--num_machines=1", "--mixed_precision=no", "--dynamo_backend=no", "--main_process_port=0"]
    launch += ["--multi_gpu"] if n_processes > 1 else ["--cpu"]  # also for CPUs, which ACCELERATE_USE_CPU selects
    environment = {**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*launch, str(script)], capture_output=True, text=True, env=environment, timeout=300)
    match = re.search(rf"{n_processes} processes: ([\d.]+)", done.stdout)
    assert match, done.stdout[-2000:] + done.stderr[-2000:]
    return float(match[1])
