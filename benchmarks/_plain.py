"""ResNet18 and CRNN written by hand with `nn.Conv1d`, and a plain training loop, to compare timings with skecg."""

import time
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from skecg.networks import CRNN, ResNet
from skecg.networks._layers import TokenLinear


class Block(nn.Module):
    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.conv1 = nn.Conv1d(n_in, n_out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm1d(n_out)
        self.conv2 = nn.Conv1d(n_out, n_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm1d(n_out)
        self.shortcut = nn.Sequential()
        if stride > 1 or n_in != n_out:
            self.shortcut = nn.Sequential(nn.Conv1d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm1d(n_out))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class Trunk(nn.Sequential):
    def __init__(self, n_leads):
        stem = nn.Conv1d(n_leads, 64, 7, 2, 3, bias=False), nn.BatchNorm1d(64), nn.ReLU(), nn.MaxPool1d(3, 2, 1)
        widths = [64, 64, 128, 256, 512]
        blocks = []
        for i in range(4):
            blocks += [Block(widths[i], widths[i + 1], 1 + (i > 0)), Block(widths[i + 1], widths[i + 1], 1)]
        super().__init__(*stem, *blocks)


class PlainResNet(nn.Module):
    def __init__(self, n_leads, n_outputs):
        super().__init__()
        self.trunk = Trunk(n_leads)
        self.head = nn.Linear(512, n_outputs)

    def forward(self, x):
        return self.head(self.trunk(x).mean(dim=2))


class PlainCRNN(nn.Module):
    def __init__(self, n_leads, n_outputs):
        super().__init__()
        self.trunk = Trunk(n_leads)
        self.recurrent = nn.LSTM(512, 256, 2, batch_first=True, dropout=0.1)
        self.head = nn.Linear(256, n_outputs)

    def forward(self, x):
        steps, _ = self.recurrent(self.trunk(x).transpose(1, 2))
        return self.head(steps[:, -1])


PLAIN = {ResNet: PlainResNet, CRNN: PlainCRNN}


def plain_twin(network, n_leads, n_outputs):
    """Return the same network with `nn.Conv1d` and the same weights; both networks order their weights equally."""
    twin = PLAIN[type(network)](n_leads, n_outputs)
    ours, theirs = network.state_dict(), twin.state_dict()
    weights = zip(theirs.items(), ours.values(), strict=True)
    twin.load_state_dict({name: weight.reshape(target.shape) for (name, target), weight in weights})
    return twin


def in_plain_layout(network):
    """Convert weights and inputs to the layout of `nn.Conv1d`, and compute linear layers as matrix products."""
    network = network.to(memory_format=torch.contiguous_format)
    for module in network.modules():
        if isinstance(module, TokenLinear):
            module.forward = partial(nn.Linear.forward, module)
        if isinstance(module, nn.Conv2d):
            module.register_forward_pre_hook(lambda _, args: (args[0].contiguous(),))
    return network


def train_plainly(network, X, y, batches, *, epochs, learning_rate, fused=False):
    """Train with a plain loop, and return the mean loss of each epoch."""
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=1e-2, fused=fused)
    steps = epochs * len(batches)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=steps)
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for rows in batches:
            optimizer.zero_grad()
            loss = F.cross_entropy(network(X[rows]), y[rows])
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
    return losses


def predict_plainly(network, X, batch_size=64):
    """Return probabilities, computed eagerly in batches."""
    network.eval()
    with torch.inference_mode():
        return torch.cat([network(torch.from_numpy(part)).softmax(1) for part in _parts(X, batch_size)]).numpy()


def _parts(X, batch_size):
    return (X[i : i + batch_size] for i in range(0, len(X), batch_size))


def in_turn(ours, plain, repeats):
    """Run both in turn, once to warm up; pass the number of the turn to each, and return their seconds."""
    seconds = {ours: [], plain: []}
    for repeat in range(repeats + 1):
        for run in (ours, plain)[:: 1 if repeat % 2 else -1]:
            begin = time.perf_counter()
            run(repeat)
            seconds[run].append(time.perf_counter() - begin)
    return seconds[ours][1:], seconds[plain][1:]
