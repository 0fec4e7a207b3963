"""From evidence to a ranking and a probability that the best class is right, fitted on texts held out of the evidence.

Two small models, both with a prior so that little data moves them little: weights that rank the classes, and a logistic
regression that says how far a candidate can be trusted. Out-of-scope texts are taken from classes left out entirely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_index.evidence import RANKING, TRUST, Evidence, Findings, Query, Rows
from kb_index.head import Floats, Labels, Projection

CANDIDATES = 3
RIVALS = 16
FOLDS, FEW_FOLDS = 5, 3
OUT_OF_SCOPE = -1
# An estimate is never certain.
SUREST = 0.9999
# How strongly the weights are held to the prior, counted in observations.
PRIOR_STRENGTH = 5.0


@dataclass(frozen=True)
class Candidates:
    """The best classes for each text, best first, and the probability that each is right."""

    places: Labels
    scores: Floats
    probabilities: Floats


@dataclass(frozen=True)
class Calibration:
    """The fitted weights."""

    ranking: Floats
    trust: Floats
    bias: float

    def merits(self, findings: Findings) -> Floats:
        """The weighted evidence for each class; the highest is the best."""
        found: Floats = findings.ranking @ self.ranking
        return found

    def shares(self, findings: Findings, without: Sequence[int] = ()) -> Floats:
        """How the ranking divides its belief among the best classes, some left out; the others get none."""
        raw = self.merits(findings)
        raw[:, list(without)] = -np.inf
        if raw.shape[1] > RIVALS:
            # So the share means the same in an index of ten entries and in one of ten thousand.
            raw = np.where(raw >= np.partition(raw, -RIVALS, axis=1)[:, -RIVALS, None], raw, -np.inf)
        exponents = np.exp(raw - raw.max(axis=1, keepdims=True))
        found: Floats = exponents / exponents.sum(axis=1, keepdims=True)
        return found

    def candidates(self, findings: Findings, count: int = CANDIDATES, without: Sequence[int] = ()) -> Candidates:
        """The `count` best classes of each text, some classes left out."""
        shares = self.shares(findings, without)
        count = min(count, shares.shape[1] - len(without))
        if count < 1:
            none = np.empty((len(shares), 0), dtype=np.float32)
            return Candidates(none.astype(np.int32), none, none)
        places = np.argpartition(-shares, count - 1, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(shares, places, axis=1), axis=1, kind="stable")
        places = np.take_along_axis(places, order, axis=1)
        logits = findings.trust(shares, places) @ self.trust + self.bias
        probabilities = np.minimum(1 / (1 + np.exp(-logits)), SUREST)
        # A lower candidate is never the likelier one.
        probabilities = np.minimum.accumulate(probabilities, axis=1)
        return Candidates(places.astype(np.int32), np.take_along_axis(shares, places, axis=1), probabilities)

    def as_dict(self) -> dict[str, Any]:
        """For saving; names the inputs, so that a change of inputs is noticed."""
        return {
            "ranking": dict(zip(RANKING, self.ranking.tolist(), strict=True)),
            "trust": dict(zip(TRUST, self.trust.tolist(), strict=True)),
            "bias": self.bias,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Calibration:
        """The reverse of `as_dict`."""
        ranking = np.array([values["ranking"][name] for name in RANKING], dtype=np.float32)
        trust = np.array([values["trust"][name] for name in TRUST], dtype=np.float32)
        return cls(ranking, trust, float(values["bias"]))


@dataclass(frozen=True)
class Observations:
    """Texts whose right class is known, with the evidence found while they were held out."""

    findings: Findings
    truth: Labels  # OUT_OF_SCOPE where no class is right
    weights: Floats

    @classmethod
    def join(cls, parts: list[Observations]) -> Observations:
        """All parts as one."""
        names = list(Findings.__dataclass_fields__)
        findings = Findings(*(np.concatenate([getattr(part.findings, name) for part in parts]) for name in names))
        truth = np.concatenate([part.truth for part in parts])
        return cls(findings, truth, np.concatenate([part.weights for part in parts]))

    def __len__(self) -> int:
        return len(self.truth)


# Where the weights start, and where they stay if there is little to fit them on (an entry with a single wording cannot
# be held out): about what the public intent sets' training parts give.
PRIOR = Calibration(
    ranking=np.array([1.5, 4.0, 1.5, 1.0, 1.0, 0.5], dtype=np.float32),
    trust=np.array([0.6, 1.5, 0.5, 0.5, 0.2, 0.3, 0.5, 0.5], dtype=np.float32),
    bias=-2.0,
)


def held_out(
    rows: Rows,
    classes: int,
    projection: Projection,
    weights: Floats,
    *,
    askable: NDArray[np.bool_] | None = None,
    folds: int = FOLDS,
    seed: int = 0,
    limit: int = 4000,
) -> list[Observations]:
    """Evidence for each wording from the others: once without that wording, once without its whole class.

    Each fold leaves out a part of the classes and a part of every other class's wordings. `askable` marks the rows that
    somebody might write; by default all that are not answers.
    """
    random = np.random.default_rng(seed)
    asked = ~rows.answer if askable is None else askable
    wordings = np.flatnonzero(asked)
    part = np.full(len(rows), -1, dtype=np.int32)
    for owner in np.unique(rows.owners[wordings]):
        own = wordings[rows.owners[wordings] == owner]
        part[own] = (random.permutation(len(own)) + random.integers(folds)) % folds
    group = random.permutation(classes) % folds
    counts = np.bincount(rows.owners[wordings], minlength=classes)
    observed: list[Observations] = []
    for fold in range(folds):
        without_class = group[rows.owners] == fold
        without_text = asked & (part == fold) & (counts[rows.owners] > 1) & ~without_class
        kept = np.flatnonzero(~without_class & ~without_text)
        if len(np.unique(rows.owners[kept])) < 2:
            continue
        evidence = Evidence.build(rows, classes, projection, kept.astype(np.int32), weights)
        for chosen, known in ((without_text, True), (without_class & asked, False)):
            places = np.flatnonzero(chosen)
            if len(places) > limit // folds:
                places = np.sort(random.choice(places, limit // folds, replace=False))
            if not len(places):
                continue
            taken = rows.take(places.astype(np.int32))
            truth = taken.owners if known else np.full(len(places), OUT_OF_SCOPE, dtype=np.int32)
            findings = evidence.findings(Query(taken.vectors, taken.lexical))
            observed.append(Observations(findings, truth, np.ones(len(places), dtype=np.float32)))
    return observed


def balanced(observations: Observations, out_of_scope: float) -> Observations:
    """The same with weights that make up the stated share of out-of-scope texts."""
    strange = observations.truth == OUT_OF_SCOPE
    weights = observations.weights.astype(np.float64)
    inside, outside = weights[~strange].sum(), weights[strange].sum()
    if inside and outside:
        weights[strange] *= inside / outside * out_of_scope / (1 - out_of_scope)
    return Observations(observations.findings, observations.truth, weights.astype(np.float32))


def fit(observations: Observations, prior: Calibration = PRIOR) -> Calibration:
    """Both models, on the observations and the prior."""
    ranking = _fit_ranking(observations, prior.ranking)
    ranked = Calibration(ranking, prior.trust, prior.bias)
    shares = ranked.shares(observations.findings)
    places = np.argsort(-shares, axis=1)[:, :CANDIDATES]
    inputs = observations.findings.trust(shares, places)
    right = places == observations.truth[:, None]
    weights = np.broadcast_to(observations.weights[:, None], right.shape)
    trust, bias = _fit_trust(inputs.reshape(-1, len(TRUST)), right.ravel(), weights.ravel(), prior)
    return Calibration(ranking, trust, bias)


def _fit_ranking(observations: Observations, prior: Floats) -> Floats:
    """Conditional logit: the right class should have the highest sum of weighted evidence."""
    from scipy.optimize import minimize

    known = observations.truth != OUT_OF_SCOPE
    inputs = observations.findings.ranking[known].astype(np.float64)
    truth = observations.truth[known]
    counts = observations.weights[known].astype(np.float64)
    if not len(truth):
        return prior
    each = np.arange(len(truth))
    scale = inputs.std(axis=(0, 1)) + 1e-3

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        raw = inputs @ weights
        raw -= raw.max(axis=1, keepdims=True)
        exponents = np.exp(raw)
        total = exponents.sum(axis=1)
        shares = exponents / total[:, None]
        pull = (weights - prior) * scale**2
        value = (counts * (np.log(total) - raw[each, truth])).sum() + PRIOR_STRENGTH / 2 * (
            (weights - prior) * pull
        ).sum()
        shares[each, truth] -= 1
        slope = np.einsum("tc,tcf->f", shares * counts[:, None], inputs, optimize=True)
        return float(value), slope + PRIOR_STRENGTH * pull

    bounds = [(0.0, None)] * len(prior)
    found = minimize(loss, prior.astype(np.float64), jac=True, method="L-BFGS-B", bounds=bounds)
    weights: Floats = found.x.astype(np.float32)
    return weights


def _fit_trust(inputs: Floats, right: NDArray[np.bool_], weights: Floats, prior: Calibration) -> tuple[Floats, float]:
    """Logistic regression around the prior's weights; the bias is free."""
    from scipy.optimize import minimize

    values = np.hstack([inputs, np.ones((len(inputs), 1))]).astype(np.float64)
    start = np.append(prior.trust, prior.bias).astype(np.float64)
    strength = np.append((inputs.std(axis=0) + 1e-3) ** 2, 1e-3) * PRIOR_STRENGTH

    def loss(coefficients: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = values @ coefficients
        value = (weights * (np.logaddexp(0, logits) - right * logits)).sum()
        error = weights * (1 / (1 + np.exp(-logits)) - right)
        away = coefficients - start
        return float(value + (strength * away**2).sum() / 2), values.T @ error + strength * away

    # More of what speaks for a candidate never makes it less likely, whatever a small sample says.
    bounds = [(0.0, None)] * len(TRUST) + [(None, None)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return found.x[:-1].astype(np.float32), float(found.x[-1])
