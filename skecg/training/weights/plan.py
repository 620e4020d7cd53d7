"""Choice of the stages that learn, and of their learning rates."""

from dataclasses import dataclass, field

from ...networks._stages import stages_of

# Records from which "auto" trains all weights. Ours: the head won with 100 records of CinC 2017 (transfer_means.csv in
# benchmarks/results), and all weights with 400 records of PTB-XL and 464 of a synthetic cohort (pe_summary.csv).
FEWEST_FOR_ALL = 400


@dataclass
class Plan:
    """Stages of a network that training freezes, and stages that learn.

    Attributes
    ----------
    frozen : list of torch.nn.Module
        Stages that do not change: no gradient, BatchNorm statistics kept, dropout off.
    learning : list of torch.nn.Module
        The other stages.
    groups : list of (list of torch.nn.Parameter, float) or None
        Weights, and the factor of their learning rate; None if all learn at the same rate.
    fine_tune : "all", "head" or int
        The part that learns; "all" if no stage is frozen.
    """

    frozen: list = field(default_factory=list)
    learning: list = field(default_factory=list)
    groups: list | None = None
    fine_tune: str | int = "all"


def plan_training(network, fine_tune, layer_decay, n_records):
    """Freeze the first stages of a network and lower the learning rate of the middle ones.

    Parameters
    ----------
    network : torch.nn.Module
        `requires_grad` of its frozen weights is set to False.
    fine_tune : "auto", "all", "head" or int
        Number of last stages that learn. "auto" is "head" for fewer than 400 records, else "all".
    layer_decay : float or None
        The learning rate of each stage is `layer_decay` times that of the next stage; None: one rate.
    n_records : int
        Number of records to train on.

    Returns
    -------
    plan : Plan

    Raises
    ------
    ValueError
        If `fine_tune` is larger than the number of stages.
    """
    if fine_tune == "auto":
        fine_tune = "head" if n_records < FEWEST_FOR_ALL else "all"
    stages = stages_of(network) or [network]
    n_learning = {"all": len(stages), "head": 1}.get(fine_tune, fine_tune)
    if n_learning > len(stages):
        raise ValueError(f"fine_tune={fine_tune} stages, but {type(network).__name__} has {len(stages)}.")
    everything = n_learning == len(stages)
    if not everything:
        network.requires_grad_(False)
    learning = stages[len(stages) - n_learning :]
    for stage in learning:
        stage.requires_grad_(True)
    frozen = [] if everything else stages[: len(stages) - n_learning]
    groups = None
    if layer_decay is not None:
        placed = [list(stage.parameters()) for stage in learning]
        placed_ids = {id(weights) for group in placed for weights in group}
        placed[0] += [w for w in network.parameters() if w.requires_grad and id(w) not in placed_ids]
        groups = [(group, layer_decay**k) for k, group in enumerate(reversed(placed)) if group]
    return Plan(frozen, learning, groups, "all" if everything else fine_tune)
