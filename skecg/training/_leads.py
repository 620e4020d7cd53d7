"""Names of leads as recorders write them."""


def plain_lead(lead):
    """Return a name of a lead in lower case, without what recorders write around it."""
    name = "".join(character for character in lead.casefold() if character.isalnum())
    for prefix in ("mdcecglead", "ecglead", "lead", "ecg"):
        if name.startswith(prefix) and len(name) > len(prefix) and not name[len(prefix) :].isdigit():
            return name.removeprefix(prefix)
    return name
