"""From evidence to a ranking and a probability that the best class is right, fitted on texts held out of the evidence.

Three small models, each with a prior so that little data moves it little: weights that rank the classes, a logistic
regression that says how far a candidate can be trusted, and one that says whether any class is meant at all. The last
two differ: a text may surely mean one of two twins. Out-of-scope texts are taken from classes left out entirely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_index.evidence import LOWEST, RANKING, TRUST, Evidence, Findings, Query, Rows
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
    in_scope: Floats  # the probability that any class is meant, one for each text


@dataclass(frozen=True)
class Calibration:
    """The fitted weights."""

    ranking: Floats
    trust: Floats
    bias: float
    scope: Floats
    scope_bias: float

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
            return Candidates(none.astype(np.int32), none, none, np.zeros(len(shares), dtype=np.float32))
        places = np.argpartition(-shares, count - 1, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(shares, places, axis=1), axis=1, kind="stable")
        places = np.take_along_axis(places, order, axis=1)
        inputs = findings.trust(shares, places)
        probabilities = np.minimum(_logistic(inputs @ self.trust + self.bias), SUREST)
        in_scope = _logistic(inputs[:, 0] @ self.scope + self.scope_bias)
        # A lower candidate is never the likelier one.
        probabilities = np.minimum.accumulate(probabilities, axis=1)
        return Candidates(places.astype(np.int32), np.take_along_axis(shares, places, axis=1), probabilities, in_scope)

    def as_dict(self) -> dict[str, Any]:
        """For saving; names the inputs, so that a change of inputs is noticed."""
        return {
            "ranking": dict(zip(RANKING, self.ranking.tolist(), strict=True)),
            "trust": dict(zip(TRUST, self.trust.tolist(), strict=True)),
            "bias": self.bias,
            "scope": dict(zip(TRUST, self.scope.tolist(), strict=True)),
            "scope_bias": self.scope_bias,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Calibration:
        """The reverse of `as_dict`."""
        ranking = np.array([values["ranking"][name] for name in RANKING], dtype=np.float32)
        trust = np.array([values["trust"][name] for name in TRUST], dtype=np.float32)
        scope = np.array([values["scope"][name] for name in TRUST], dtype=np.float32)
        return cls(ranking, trust, float(values["bias"]), scope, float(values["scope_bias"]))


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

    def where(self, chosen: NDArray[np.bool_]) -> Observations:
        """Some of them."""
        findings = Findings(*(getattr(self.findings, name)[chosen] for name in Findings.__dataclass_fields__))
        return Observations(findings, self.truth[chosen], self.weights[chosen])

    def __len__(self) -> int:
        return len(self.truth)


# Where the weights start, and where they stay if there is little to fit them on (an entry with a single wording cannot
# be held out): about what the public intent sets' training parts give.
PRIOR = Calibration(
    ranking=np.array([1.5, 4.0, 1.5, 1.0, 1.0, 0.5], dtype=np.float32),
    trust=np.array([0.6, 1.5, 0.5, 0.5, 0.2, 0.3, 0.5, 0.5, 0.5], dtype=np.float32),
    bias=-2.0,
    scope=np.array([0.2, 1.5, 0.5, 0.5, 0.2, 0.3, 0.5, 0.5, 3.0], dtype=np.float32),
    scope_bias=-1.0,
)


def held_out(
    rows: Rows,
    classes: int,
    projection: Projection,
    weights: Floats,
    *,
    askable: NDArray[np.bool_] | None = None,
    folds: int = FOLDS,
    alike: bool = False,
    seed: int = 0,
    limit: int = 4000,
) -> list[Observations]:
    """Evidence for each wording from the others: once without that wording, once without its whole class.

    Each fold leaves out a part of the classes and a part of every other class's wordings. `askable` marks the rows that
    somebody might write; by default all that are not answers. With `alike`, classes that resemble each other are left
    out together, so that what was written for them is far from everything that stays.
    """
    random = np.random.default_rng(seed)
    asked = ~rows.answer if askable is None else askable
    wordings = np.flatnonzero(asked)
    part = np.full(len(rows), -1, dtype=np.int32)
    for owner in np.unique(rows.owners[wordings]):
        own = wordings[rows.owners[wordings] == owner]
        part[own] = (random.permutation(len(own)) + random.integers(folds)) % folds
    group = _alike(rows, classes, folds) if alike else random.permutation(classes) % folds
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


def simulated(
    rows: Rows,
    classes: int,
    projection: Projection,
    weights: Floats,
    *,
    askable: NDArray[np.bool_] | None = None,
    folds: int = FOLDS,
) -> Observations | None:
    """`held_out` both ways: half of the out-of-scope texts have near neighbours, half are far from everything."""
    near = held_out(rows, classes, projection, weights, askable=askable, folds=folds)
    far = held_out(rows, classes, projection, weights, askable=askable, folds=FEW_FOLDS, alike=True)
    far = [part for part in far if (part.truth == OUT_OF_SCOPE).all()]
    if not near:
        return None
    joined = Observations.join([*near, *far])
    strange = joined.truth == OUT_OF_SCOPE
    count = sum(len(part) for part in near)
    is_far = np.arange(len(joined)) >= count
    if far and (strange & ~is_far).any():
        joined.weights[is_far] = (strange & ~is_far).sum() / is_far.sum()
    return joined


def _alike(rows: Rows, classes: int, groups: int) -> Labels:
    """Classes in equally large groups, neighbours along the direction in which they differ most."""
    middles = np.zeros((classes, rows.vectors.shape[1]), dtype=np.float32)
    np.add.at(middles, rows.owners, rows.vectors)
    middles /= np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), LOWEST)
    _, _, directions = np.linalg.svd(middles - middles.mean(axis=0), full_matrices=False)
    order = np.argsort(middles @ directions[0], kind="stable")
    group = np.empty(classes, dtype=np.int32)
    group[order] = np.arange(classes) * groups // classes
    return group


def balanced(observations: Observations, out_of_scope: float) -> Observations:
    """The same with weights that make up the stated share of out-of-scope texts."""
    strange = observations.truth == OUT_OF_SCOPE
    weights = observations.weights.astype(np.float64)
    inside, outside = weights[~strange].sum(), weights[strange].sum()
    if inside and outside:
        weights[strange] *= inside / outside * out_of_scope / (1 - out_of_scope)
    return Observations(observations.findings, observations.truth, weights.astype(np.float32))


def fit(observations: Observations, prior: Calibration = PRIOR) -> Calibration:
    """All models, on the observations and the prior."""
    ranking = _fit_ranking(observations, prior.ranking)
    shares = replace(prior, ranking=ranking).shares(observations.findings)
    places = np.argsort(-shares, axis=1)[:, :CANDIDATES]
    inputs = observations.findings.trust(shares, places)
    right = places == observations.truth[:, None]
    weights = np.broadcast_to(observations.weights[:, None], right.shape)
    trust, bias = _fit_logistic(
        inputs.reshape(-1, len(TRUST)), right.ravel(), weights.ravel(), (prior.trust, prior.bias)
    )
    known = observations.truth != OUT_OF_SCOPE
    scope, scope_bias = prior.scope, prior.scope_bias
    if not known.all():
        scope, scope_bias = _fit_logistic(inputs[:, 0], known, observations.weights, (scope, scope_bias))
    return Calibration(ranking, trust, bias, scope, scope_bias)


def _logistic(values: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-values))
    return found


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


def _fit_logistic(
    inputs: Floats, right: NDArray[np.bool_], weights: Floats, prior: tuple[Floats, float]
) -> tuple[Floats, float]:
    """Logistic regression around the prior's weights; the bias is free."""
    from scipy.optimize import minimize

    values = np.hstack([inputs, np.ones((len(inputs), 1))]).astype(np.float64)
    start = np.append(*prior).astype(np.float64)
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
