"""Write a report on a model as a page of HTML."""

from ._records import complaints, inform, load_model, read_table
from ._scores import class_of_model, match_target


def report(options):
    """Test a model on records with labels, and write a page to read, send and print."""
    from ..reporting import to_html

    if options.out.suffix.casefold() not in {".html", ".htm"}:
        raise ValueError(f"--out {options.out} must end in .html: the report is a page of HTML.")
    model = load_model(options.model, options.on_mismatch)
    with complaints() as skipped:
        data, target, names = read_table(options, skipped)
    target = match_target(model[0], target, names)
    with complaints():
        page = to_html(
            model,
            data,
            target,
            subgroups=options.subgroups,
            pos_label=class_of_model(options.positive, model[0]),
            title=options.title,
            left_out=skipped,
            n_sheets=options.sheets,
        )
    options.out.write_text(page, encoding="utf-8")
    inform(options, f"{options.out}: report on {len(data)} records, {len(page.encode()) / 1e6:.1f} MB")
    return 3 if skipped else 0
