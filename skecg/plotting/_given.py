"""Prepare what a sheet shows: records, leads, unit, band, and an explanation."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np

from .._warn import warn
from ..records import STANDARD_LEADS, ECGRecord, ECGRecords
from ..records.buffer import as_floats
from ..signal.filtering import apply_filter, design_filter
from ..signal.leads import mix_leads, resolve_leads

CABRERA = ("aVL", "I", "-aVR", "II", "aVF", "III")
_LIMBS = {"i": "I", "ii": "II", "iii": "III", "avr": "aVR", "avl": "aVL", "avf": "aVF"}
_LARGEST = 50.0  # mV, the median span of the leads; as `describe` says, no heart has more


@dataclass(frozen=True)
class Given:
    """Records with the leads to draw, and the attributions of these leads.

    `whole` are the records with all leads, in mV, before the filter. `leads` are the names of the leads of the
    layout, and `rhythm` the names of the rhythm strips, or "auto". `attribution` is NaN where the model saw nothing.
    `notes` are for the footer.
    """

    records: list
    whole: list
    leads: list
    rhythm: object
    attribution: np.ndarray | None
    notes: list


def prepare(record, *, fs, leads, rhythm, band, attribution, seen):
    """Return what is given to `plot_ecg` as `Given`, in mV, with the chosen leads and in the chosen band."""
    records, leads = _as_records(record, fs, leads)
    whole = list(map(_in_millivolts, records))
    scaled = any(ecg is not given for ecg, given in zip(whole, records, strict=True))
    notes = [_name_band(band), *(["taken as microvolts, divided by 1000"] if scaled else [])]
    first = whole[0]
    chosen = chosen_leads(leads, first.leads)
    extra = [] if rhythm is None or rhythm == "auto" else [rhythm] if isinstance(rhythm, str) else list(rhythm)
    named = _named([*chosen, *extra], first.leads)
    if not chosen or len(set(named[: len(chosen)])) < len(chosen):
        raise ValueError(f"leads must name at least one lead, and no lead twice; got {list(chosen)}.")
    every = list(dict.fromkeys(named))
    drawn = []
    for ecg in whole:
        weights, signs = _weights(every, ecg.leads)
        filtered = ecg.signal if band is None else _filter(ecg.signal, ecg.fs, *_edges(band))
        drawn.append(replace(ecg, signal=signs * mix_leads(filtered, weights), leads=tuple(every)))
    if attribution is not None:
        attribution = _of_leads(_explained(attribution, seen, first.signal.shape), _weights(every, first.leads)[0])
    elif seen is not None:
        raise ValueError("seen says which samples of an attribution the model saw: pass attribution as well.")
    rhythm = rhythm if extra == [] else named[len(chosen) :]
    return Given(drawn, whole, named[: len(chosen)], rhythm, attribution, notes)


def _as_records(record, fs, leads):
    """Return a list of ECGRecord, and the leads to choose from them."""
    if isinstance(record, ECGRecord):
        records = [record]
    elif isinstance(record, ECGRecords) or (isinstance(record, list | tuple) and _are_records(record)):
        records = list(record)
    else:
        names = None if isinstance(leads, str) else leads
        records, leads = [_from_array(record, fs, names)], None if leads is names else leads
    if not records or not all(ecg.signal.shape[1] for ecg in records):
        raise ValueError("There is nothing to draw: no record was passed, or a record has no samples.")
    if fs is not None and any(ecg.fs != fs for ecg in records):
        raise ValueError(f"fs={fs:g} Hz disagrees with the records, which have {sorted({k.fs for k in records})} Hz.")
    return records, leads


def _from_array(signal, fs, leads):
    if fs is None:
        raise ValueError("plot_ecg needs the sampling rate of an array: pass fs in Hz, or pass an ECGRecord.")
    signal = np.atleast_2d(as_floats(signal))
    if signal.ndim != 2:
        raise ValueError(f"A plain array is one record, (n_leads, n_times); got the shape {signal.shape}.")
    return ECGRecords(signal[None], fs, leads=leads)[0]


def _are_records(items):
    return len(items) > 0 and all(isinstance(item, ECGRecord) for item in items)


def _in_millivolts(ecg):
    """Return the record in mV; warn if its values can only be microvolts."""
    finite = np.where(np.isfinite(ecg.signal), ecg.signal, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a lead without any value
        span = np.nanmedian(np.nanmax(finite, axis=1) - np.nanmin(finite, axis=1))
    if not span > _LARGEST:
        return ecg
    warn(
        f"{'A record' if ecg.name is None else ecg.name} spans {span:,.0f} mV, which no heart does: it is drawn as "
        "microvolts, divided by 1000.",
    )
    return replace(ecg, signal=ecg.signal / 1000)


def chosen_leads(leads, available):
    """Return the names of the leads to draw."""
    if leads is None:
        order = {lead.casefold(): i for i, lead in enumerate(STANDARD_LEADS)}
        usual = all(name.casefold() in order for name in available)
        return sorted(available, key=lambda name: order[name.casefold()]) if usual else list(available)
    if not isinstance(leads, str):
        return list(leads)
    if leads.casefold() != "cabrera":
        raise ValueError(f'leads must be names of leads, or "cabrera"; got {leads!r}.')
    there = {name.casefold() for name in available}
    limbs = [lead for lead in CABRERA if lead.strip("-").casefold() in there or {"i", "ii"} <= there]
    return limbs + [name for name in available if name.casefold() not in _LIMBS]


def _named(names, available):
    """Return the names in the spelling of the record; a minus in front stays."""
    spelling = _LIMBS | {lead.casefold(): lead for lead in reversed(available)}
    found = []
    for name in names:
        if name in available:
            found.append(name)
            continue
        plain = str(name).removeprefix("-")
        resolve_leads(available, [plain])  # which raises if there is no such lead
        found.append(str(name)[: len(str(name)) - len(plain)] + spelling[plain.casefold()])
    return found


def _weights(names, available):
    """Return the weights of the available leads in the named ones, and their signs: a minus turns a lead over."""
    turned = np.array([name.startswith("-") and name not in available for name in names])
    plain = [name.removeprefix("-") if over else name for name, over in zip(names, turned, strict=True)]
    weights = np.concatenate([resolve_leads(available, [name])[1] for name in plain])
    return weights, np.where(turned, -1, 1).astype(np.float32)[:, None]


def _edges(band):
    try:
        low, high = band
    except (TypeError, ValueError):
        low = high = None
    if low is None and high is None:
        raise ValueError(f"band must be two frequencies in Hz, of which one may be None; got {band!r}.")
    return low, high


def _name_band(band):
    if band is None:
        return "as recorded"
    low, high = _edges(band)
    if low is None:
        return f"up to {high:g} Hz"
    return f"from {low:g} Hz" if high is None else f"{low:g} to {high:g} Hz"


def _filter(signal, fs, low, high):
    """Filter without shift; missing samples are bridged by lines and stay missing."""
    kind = "lowpass" if low is None else "highpass" if high is None else "bandpass"
    sos, filtered = design_filter(kind, fs, low=low, high=high), np.array(signal, np.float32)
    times = np.arange(signal.shape[1])
    for row in filtered:
        there = np.isfinite(row)
        if there.any():
            row[:] = np.where(there, apply_filter(np.interp(times, times[there], row[there]), sos), np.nan)
    return filtered


def _explained(attribution, seen, shape):
    """Return the attribution, NaN where the model saw nothing."""
    attribution = np.atleast_2d(np.ma.filled(np.ma.asarray(attribution).astype(np.float64), np.nan))
    if attribution.shape != shape:
        raise ValueError(f"attribution must have the shape of the signal, {shape}; got {attribution.shape}.")
    if seen is None:
        return attribution
    seen = np.asarray(seen)
    if seen.dtype != bool or seen.shape not in (shape, shape[1:]):
        raise ValueError(f"seen must be a bool array of the shape {shape}; got {seen.dtype} of {seen.shape}.")
    return np.where(seen, attribution, np.nan)


def _of_leads(attribution, weights):
    """Return the attribution of each drawn lead; a derived lead was not seen."""
    single = (weights != 0).sum(axis=1) == 1
    return np.where(single[:, None], attribution[weights.argmax(axis=1)], np.nan)
