"""Write a model as ONNX."""

from ._records import complaints, inform, load_model, read_table, tell
from ._scores import match_target


def export(options):
    """Write a model as ONNX; print its input and output and, given labelled records, its loss of AUROC."""
    from .. import to_onnx

    if options.int8 == "static" and options.records is None:
        raise ValueError(
            "--int8 static needs --labels and --records: a few hundred records, as the model will meet them."
        )
    if (options.labels is None) != (options.records is None):
        raise ValueError("To measure the loss of AUROC, pass both --labels and --records.")
    model, X, y = load_model(options.model), None, None
    if options.labels is not None:
        with complaints() as skipped:
            data, target, names = read_table(options, skipped)
            X, y = model[0].transform(data), match_target(model[0], target, names)
    n_times, fs = (options.n_times, options.fs) if X is not None else _form_of_input(model[0], options)
    try:
        exported = to_onnx(model, options.out, n_times=n_times, fs=fs, X=X, y=y, int8=options.int8)
    except ValueError as error:  # the message names parameters, which are options of the command
        raise ValueError(
            str(error).replace("pass n_times", "pass --n-times").replace("pass fs", "pass --fs")
        ) from error
    rate = "" if exported.fs is None else f" at {exported.fs:g} Hz"
    inform(
        options,
        f"{exported.path}: signals (records, {exported.n_leads}, {exported.n_times}){rate} in mV to probabilities of "
        f"{', '.join(map(str, exported.labels))}; at most {exported.difference:.1g} from the model",
    )
    if exported.auc is not None:
        tell(
            f"AUROC {exported.auc:.4f}, that of the model {exported.auc_exact:.4f}: "
            f"a loss of {exported.auc_exact - exported.auc:.4f}"
        )
    return 0


def _form_of_input(contract, options):
    """Return n_times and fs from the options; if the model resamples, default to those of the training records."""
    training = contract.training or {}
    if contract.fs is not None or len(training.get("fs", [])) != 1:
        return options.n_times, options.fs
    fs, (shortest, longest) = options.fs or training["fs"][0], training["duration_s"]
    if options.n_times is not None:
        return options.n_times, fs
    if shortest != longest:
        raise ValueError(
            f"The training records last {shortest:g} to {longest:g} s, the file takes one length only: pass its "
            "samples, --n-times."
        )
    return round(longest * fs), fs
