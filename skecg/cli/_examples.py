"""What the help of the commands shows."""

EPILOG = """options in a file: `--config study.toml`, with any command. Keys outside of tables are for all commands,
those in a table [train] for `skecg train`; the command line wins.
  records = "wfdb/"
  target = "diagnosis"
  group = "patient"
  [train]
  network = "resnet"
  set = {max_epochs = 50, crop__length = 1000}

exit codes:
  0    done
  1    failed; the reason is on standard error
  2    the arguments are invalid
  3    done, but files were skipped: damaged (--on-error warn), or no recordings that look like one; they are named
  130  interrupted
"""
EXAMPLES = {
    "train": """examples:
  skecg train labels.csv --records wfdb/ --target diagnosis --positive AF --group patient --out model.skecg
  skecg train labels.csv --records wfdb/ --target AF LBBB PVC --network resnet --set max_epochs=50 \\
      --set classifier__window=250 --out model.skecg --card card.md
  skecg train labels.csv --records wfdb/ --target diagnosis --pretrained model.skecg --out tuned.skecg

The folder may hold files of any formats: MUSE XML, Philips XML, aECG, DICOM, SCP-ECG, EDF, WFDB, and others.
Of two classes that are words, --positive names the one to detect, which the scores are about.
The table has one row per record: its name, its label (or one 0/1 column for each of several labels)
and, if possible, its patient, so that no patient is in both the training and the held-out part.
Every class with two patients is in both parts; a class with fewer is trained on and not scored.
With --pretrained, network, rate, window and scale are those of the given model, whose weights are the first ones.
With --held-out test.csv the records held out are a table for `skecg evaluate` and `skecg report`.
The more probable class is predicted, unless --threshold or --tune says more; the file keeps the threshold.
""",
    "cross-validate": """examples:
  skecg cross-validate labels.csv --records wfdb/ --target diagnosis --positive AF --group patient --out scores.csv
  skecg cross-validate labels.csv --records wfdb/ --target AF LBBB PVC --network resnet --folds 10 --tune f1
  skecg cross-validate labels.csv --config study.toml --quiet

Trains a network for each fold, and scores the records of the patients that it did not see. The scores are those of all
folds together, with 95 % intervals that resample patients; the table of --out holds those of each fold as well. All
options of `skecg train` mean the same. No model is written.
""",
    "predict": """examples:
  skecg predict ptbxl ecg.xml
  skecg predict model.skecg ecg.xml
  skecg predict model.skecg ecg.xml --top 10 --sheet ecg.pdf
  skecg predict model.skecg export/ --out predictions.csv
  skecg predict model.skecg a.xml b.dcm records/*.hea --out predictions.csv
  skecg predict model.skecg records/ --out predictions.xlsx --threshold 0.3
  skecg predict model.skecg records/ --out predictions.csv --on-mismatch raise

Without --out, the most probable labels of each record are printed: those that are predicted have a star and come
first. The table of --out has one row per record: name, prediction, the probability of every label, and what is wrong
with the recording, such as flat or clipped leads or exchanged electrodes. With --top it has one row for each label.
Records with severe faults get no prediction, but the reason. Those of another rate, order or spelling of leads, or unit
than the model expects are converted, or refused with --on-mismatch raise. --sheet draws each record with its labels
and, with the extra explain, what the first of them depends on.
""",
    "evaluate": """examples:
  skecg evaluate model.skecg labels.csv --records wfdb/ --target diagnosis --group patient --out scores.csv

Every score has a 95 % interval that resamples patients; or records, if the table has no column of patients
(--group, or patient_id). Use records that the model has not seen. --threshold takes the place of the model's threshold;
one that was chosen on the same records makes the scores too good.
""",
    "report": """examples:
  skecg report model.skecg labels.csv --records wfdb/ --target diagnosis --group patient --out report.html
  skecg report model.skecg labels.csv --records wfdb/ --target rhythm --positive AF --out report.html

One page, which needs no network and prints on A4: the model, the patients, scores with intervals, curves, what each
threshold costs, the records that the model got most wrong, doubtful signals, and what was left out. Use records that
the model has not seen. The page shows ECGs and names of records (--sheets 0 leaves the ECGs out): treat it as patient
data.
""",
    "export": """examples:
  skecg export model.skecg model.onnx
  skecg export model.skecg model.onnx --n-times 5000 --fs 500
  skecg export model.skecg model.onnx --int8 static --labels labels.csv --records wfdb/ --target diagnosis

The file takes signals in mV, (records, leads, samples), and gives probabilities; labels, leads and rate
are in its metadata. A model that resamples gets the length and rate of its training records if all are the
same; otherwise give them with --n-times and --fs.
""",
    "inspect": """examples:
  skecg inspect model.skecg

Prints the estimators and their parameters, the classes, the signals that the model needs, versions, date, what
the file says of the training patients, and the arrays with their sizes. Nothing of the file is run.
""",
    "models": """examples:
  skecg models

Prints names, sizes, leads and scores. `skecg predict NAME`, and every other command that takes a model, accepts a name
in place of a file; an existing file wins. Nothing is downloaded.
""",
    "describe": """examples:
  skecg describe wfdb/

Prints lengths, rates, leads, gaps, and suspicious signals: flat or clipped leads, duplicates, microvolts.
""",
    "plot": """examples:
  skecg plot export/0001.xml --out ecg.pdf
  skecg plot export/ --out all.pdf --leads cabrera --band 0.5,40
  skecg plot holter.ecg --out rows.png --leads II --start 3600 --duration 60
  skecg plot a.xml --out ecg.svg --layout 6x2 --rhythm none --leads=-aVR,V1,V5

Draws at true scale: 1 mm on the sheet is 1 mm in print. A PDF has a page for each ten seconds of each recording (a
minute if one lead is drawn), and at most a minute of each recording unless --duration says more; PNG and SVG hold one
page. Rate, PR, QRS, QT, QTc and axis are measured by skecg, and are no diagnosis. Nothing is filtered without --band.
""",
    "convert": """examples:
  skecg convert export/ wfdb/
  skecg convert export/ shared/ --to edf --anonymise --key secret.key --names names.csv
  skecg convert a.csv b.csv set/ --to set --file-fs 500 --units uV

Writes each recording as WFDB, EDF or DICOM, or all as one set for skecg.storage.open_records. With --anonymise,
patients, records and files get pseudonyms under a secret key; keep the key and the table of names apart from OUT.
The ECG itself is not changed, and can identify a person.
""",
}
