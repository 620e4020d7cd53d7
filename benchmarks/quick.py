"""Run every benchmark on a little synthetic data to test that it works; the figures mean nothing.

    make bench-quick
    python benchmarks/quick.py performance networks

A small folder in the layout of PTB-XL replaces the data, and a temporary folder replaces results/, which
does not change. `make demo` runs demo.py.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from skecg.datasets import make_ecg

HERE = Path(__file__).parent
N_RECORDS, FOLDS = 160, (1, 2, 3, 9)
CODES = {"NORM": "NORM", "LBBB": "CLBBB", "STD": "NDT", "STE": "AMI", "PVC": "LVH"}  # one superclass each
LEADS = ["I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6"]
STATEMENTS = """,description,diagnostic,form,rhythm,diagnostic_class,diagnostic_subclass
NORM,normal ECG,1.0,,,NORM,NORM
CLBBB,left bundle branch block,1.0,,,CD,CLBBB
NDT,non-diagnostic T abnormalities,1.0,1.0,,STTC,STTC
AMI,anterior MI,1.0,,,MI,AMI
LVH,left ventricular hypertrophy,1.0,,,HYP,LVH
SR,sinus rhythm,,,1.0,,
"""

COMMANDS = [
    "beat_classes.py DS1 --quick",
    "beats.py DS1 --quick",
    "beats.py DS2 --quick",
    "comparison.py --quick --models minirocket boosted plain eegnet resnet",
    "cinc2017.py --quick --folds 2",
    "cohorts.py run --quick --targets cinc2017-af --draws 2",
    "cohorts.py summary --quick",
    "compiled.py speed --quick --repeats 1",
    "compiled.py cost --quick --epochs 1",
    "data.py --only reading --repeats 1 --loop-records 5 --ptbxl {data}/ptbxl --folder {out}",
    "delineation.py --quick",
    "efficientecg.py all --quick",
    "few_steps.py --quick --networks EEGNet",
    "formats.py --copies 3 --repeats 1",
    "head_training.py --records 32 --epochs 2 --times 250 --width 8 --repeats 1",
    "limb_reversal.py --quick",
    "length_normalisation.py search --quick --networks crnn efficientecg",
    "length_normalisation.py seeds --quick --networks crnn",
    "length_normalisation.py budget --quick --networks crnn",
    "length_normalisation.py others --quick --networks eegnet s4",
    "length_normalisation.py tasks --quick --networks crnn",
    "length_normalisation.py summary --quick",
    "mapped.py --records 500 --drawn 64 --window 250 --repeats 1 --folder {out}",
    "measurements.py --quick",
    "memory.py --records 64 --folder {out}",
    "networks.py rates --networks EEGNet --repeats 1 --threads 1",
    "networks.py scores --networks EEGNet --threads 1",
    "pe_transfer.py summary --cache {out}/pe_transfer",
    "peaks.py --features --tables 4 --repeats 1",
    "performance.py scaling --quick",
    "performance.py profile --quick",
    "performance.py ceiling --quick --repeats 1",
    "performance.py gather --quick",
    "precision.py speed --quick --networks EEGNet --repeats 1",
    "precision.py scores --quick --seeds 0 --epochs 1",
    "ptbxl.py --network resnet --epochs 1 --threads 1 --device cpu",
    "recipe.py changes --names plain --quick",
    "recipe.py parts --quick --window 500 250",
    "shared_fits.py speed --quick --repeats 1 --precisions float32",
    "shared_fits.py scores --quick --seeds 0 --epochs 1",
    "signals.py --records 16 --loop-records 4 --repeats 1",
    "synthetic.py --records 20 --repeats 1",
    "training.py --records 64 --repeats 1 --threads 1",
    "pretrain.py teach --quick --out {out}/taught.npy",
    "pretrain.py train --network resnet --quick --taught {out}/taught.npy",
    "pretrain.py train --network resnet --quick --train 1-8 --test 9 --out {out}/resnet.skecg",
    "pretrain.py pack --network resnet --quick --trained {out}/resnet.skecg --out {out}",
    "rates.py networks --quick --repeats 1 --networks ResNetClassifier",
    "rates.py epoch --quick --repeats 1",
    "rates.py pipeline --quick --repeats 1",
    "rates.py moves --quick --networks ResNetClassifier",
    "transfer.py run --quick --targets ludb mitdb --draws 2",
    "transfer.py summary --quick",
    "walk.py --quick",
]


def main():
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="skecg-quick-") as out:
        data = Path(out) / "data"
        write_ptbxl(data / "ptbxl")
        places = {"SKECG_DATA": str(data), "SKECG_BENCH_RESULTS": f"{out}/results", "OMP_NUM_THREADS": "1"}
        chosen = [command for command in COMMANDS if not sys.argv[1:] or command.partition(".")[0] in sys.argv[1:]]
        failed = []
        for i, command in enumerate(chosen, start=1):
            print(f"{i:2} of {len(chosen)}  {command.partition(' --')[0]:<32}", end="", flush=True)
            call = [sys.executable, *command.format(data=data, out=out).split()]
            call[1] = str(HERE / call[1])
            start, busy = time.perf_counter(), cpu_seconds()
            done = subprocess.run(call, env={**os.environ, **places}, capture_output=True, text=True)
            took = f"{time.perf_counter() - start:6.1f} s, processor {cpu_seconds() - busy:5.1f} s"
            print(f"{took}  {'failed' if done.returncode else 'works'}", flush=True)
            if done.returncode:
                failed.append(command)
                print(done.stdout[-1000:], done.stderr[-3000:], sep="\n")
    took = f"{time.perf_counter() - begin:.0f} s, processor {cpu_seconds():.0f} s"
    print(f"{len(chosen) - len(failed)} of {len(chosen)} work; {took}")
    sys.exit(bool(failed))


def cpu_seconds():
    """Return the processor seconds of all commands so far; other work on the machine does not change them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def write_ptbxl(home):
    """Write synthetic ECGs in the layout of PTB-XL at 100 Hz, folds 1, 2, 3 and 9."""
    made = make_ecg(N_RECORDS, classes=tuple(CODES), fs=100, random_state=0)
    records = home / "records100" / "00000"
    records.mkdir(parents=True)
    (home / "scp_statements.csv").write_text(STATEMENTS)
    lines = ["ecg_id,patient_id,age,sex,scp_codes,strat_fold,filename_lr,filename_hr"]
    ages, sexes, patients = (made.data.metadata[key] for key in ("age", "sex", "patient_id"))
    for i, label in enumerate(made.target):
        name = f"{i + 1:05}_lr"
        (made.data[i].signal.T * 1000).round().astype("<i2").tofile(records / f"{name}.dat")
        header = [f"{name} 12 100 1000", *(f"{name}.dat 16 1000.0(0)/mV 16 0 0 0 0 {lead}" for lead in LEADS)]
        (records / f"{name}.hea").write_text("\n".join(header) + "\n")
        sex, fold = int(sexes.iloc[i] == "female"), FOLDS[int(patients.iloc[i]) % len(FOLDS)]
        codes = f"\"{{'{CODES[label]}': 100.0, 'SR': 0.0}}\""
        path = f"records100/00000/{name},records500/00000/{i + 1:05}_hr"
        lines.append(f"{i + 1},{patients.iloc[i]},{np.round(ages.iloc[i])},{sex},{codes},{fold},{path}")
    (home / "ptbxl_database.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
