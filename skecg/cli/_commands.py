"""The commands, which use only the public interface of skecg."""

from ._records import (
    complaints,
    find_recordings,
    load_model,
    read_in_parts,
    read_table,
    tell,
)
from ._scores import (
    class_of_model,
    match_target,
    patients_of,
    score,
    summarise,
    warn_of_training_records,
)
from ._tables import write_tables


def evaluate(options):
    """Score a model with intervals that resample patients, and print and write the scores."""
    model = load_model(options.model, options.on_mismatch)
    with complaints() as skipped:
        data, target, names = read_table(options, skipped)
        groups = patients_of(data)
    contract = model[0]
    target = match_target(contract, target, names)
    positive = class_of_model(options.positive, contract)
    with complaints():
        table = score(model, data, target, groups, positive, options.threshold)
        warn_of_training_records(model, data)
    tell(summarise(table, data))
    if options.out:
        write_tables([table], options.out)
    return 3 if skipped else 0


def describe(options):
    """Print a description of the records and of suspicious signals."""
    from ..datasets import describe as describe_records
    from ..records import ECGRecords

    with complaints() as skipped:
        paths = find_recordings(options, skipped)
        records = ECGRecords.concatenate(list(read_in_parts(paths, options, skipped)))
    tell(describe_records(records).report)
    return 3 if skipped else 0


def inspect(options):
    """Print everything that the file of a model holds."""
    from ..persistence import list_contents

    tell(list_contents(options.model))
    return 0


def models(options):
    """Print the models that come with skecg."""
    from ..pretrained import list_models

    table = list_models()
    tell(table.to_string() if len(table) else "This version of skecg comes with no models.")
    return 0
