"""From evidence to a ranking and a probability that the best class is right, fitted on texts held out of the evidence.

Three small models, each with a prior so that little data moves it little: weights that rank the classes, a logistic
regression that says whether any class is meant at all, and one that says which candidate it is, if one is. The last
two differ: a text may surely mean one of two twins. A candidate is right with the product of their probabilities.

Questions that were really asked teach one thing more: which subjects nobody's class is about, however near one lies
("how many members does your club have", "does IKEA take Klarna"). They weigh the text's own vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_index.evidence import RANKING, TRUST, Findings
from kb_index.head import Floats, Labels

CANDIDATES = 3
RIVALS = 16
OUT_OF_SCOPE = -1
# An estimate is never certain.
SUREST = 0.9999
# How strongly weights are held to where they start, counted in observations. What tells "meant" from "not meant" is
# much the same everywhere, and texts held out say little of it: their out-of-scope texts are made up.
PRIOR_STRENGTH = 5.0
TRUST_STRENGTH = 20.0
SCOPE_STRENGTH = 300.0
# For the weights of a vector's dimensions. Chosen by asking each author of the shop's questions what the others teach:
# a third of it tells a little better still what is meant, but shows fewer right offers. Sixty questions gain already.
SUBJECT_STRENGTH = 1.0
# Into how many parts questions are put to be judged by what the others teach.
PARTS = 5
# What tells whether any class is meant: the best class's merit, the head's energy, the nearest middle of a class.
SCOPE = ("merit", "energy", "middle")
# A fitted ranking only knows differences between classes; how high the best one stands is judged by these weights.
LEVEL = np.array([1.5, 4.0, 1.5, 1.0, 1.0, 0.5], dtype=np.float32)


@dataclass(frozen=True)
class Candidates:
    """The best classes for each text, best first, and the probability that each is right."""

    places: Labels
    scores: Floats
    probabilities: Floats
    in_scope: Floats  # the probability that any class is meant, one for each text

    @classmethod
    def join(cls, parts: Sequence[Candidates]) -> Candidates:
        """All parts as one."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))

    def take(self, order: NDArray[np.int64]) -> Candidates:
        """Those of the texts at these places."""
        return Candidates(*(getattr(self, name)[order] for name in self.__dataclass_fields__))


def logistic(logits: Any) -> Any:
    """Log odds to probabilities, however far out: texts unlike anything an index was fitted on are."""
    return np.exp(-np.logaddexp(0, -logits))


@dataclass(frozen=True)
class Line:
    """A logistic regression on inputs that are first measured against their usual values."""

    centre: Floats
    scale: Floats
    weights: Floats
    bias: float

    def log_odds(self, inputs: Floats) -> Floats:
        """One for each row of inputs."""
        found: Floats = self.measured(inputs) @ self.weights + self.bias
        return found

    def probability(self, inputs: Floats) -> Floats:
        """The same as probabilities."""
        found: Floats = logistic(self.log_odds(inputs)).astype(np.float32)
        return found

    def measured(self, inputs: Floats) -> Floats:
        """The inputs against what is usual."""
        return (inputs - self.centre) / self.scale

    def measured_on(self, inputs: Floats) -> Line:
        """The same with these rows as what is usual."""
        scale = np.maximum(inputs.std(axis=0), LEAST_SPREAD)
        return Line(inputs.mean(axis=0).astype(np.float32), scale.astype(np.float32), self.weights, self.bias)

    def fitted(self, inputs: Floats, right: NDArray[np.bool_], weights: Floats, strength: float) -> Line:
        """Moved by these observations; the bias is free."""
        return self.fitted_with(inputs, inputs[:, :0], right, weights, strength)[0]

    def fitted_with(
        self, inputs: Floats, vectors: Floats, right: NDArray[np.bool_], weights: Floats, strength: float
    ) -> tuple[Line, Floats]:
        """The same, and weights for the dimensions of vectors that add to the log odds."""
        from scipy.optimize import minimize

        one = np.ones((len(inputs), 1))
        values = np.hstack([self.measured(inputs), vectors, one]).astype(np.float64)
        own, free = len(self.weights), vectors.shape[1]
        start = np.concatenate([self.weights, np.zeros(free), [self.bias]]).astype(np.float64)
        pull = np.repeat([strength, SUBJECT_STRENGTH, 1e-2], [own, free, 1])

        def loss(coefficients: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            logits = values @ coefficients
            value = (weights * (np.logaddexp(0, logits) - right * logits)).sum()
            error = weights * (logistic(logits) - right)
            away = coefficients - start
            return float(value + (pull * away**2).sum() / 2), values.T @ error + pull * away

        # More of what speaks for a candidate never makes it less likely, whatever a small sample says.
        bounds = [(0.0, None)] * own + [(None, None)] * (free + 1)
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
        line = Line(self.centre, self.scale, found[:own].astype(np.float32), float(found[-1]))
        return line, found[own:-1].astype(np.float32)

    def as_dict(self, names: Sequence[str]) -> dict[str, Any]:
        """For saving; names the inputs, so that a change of inputs is noticed."""
        columns = zip(names, self.centre.tolist(), self.scale.tolist(), self.weights.tolist(), strict=True)
        return {name: values for name, *values in columns} | {"bias": self.bias}

    @classmethod
    def from_dict(cls, values: dict[str, Any], names: Sequence[str]) -> Line:
        """The reverse of `as_dict`."""
        table = np.array([values[name] for name in names], dtype=np.float32)
        return cls(table[:, 0], table[:, 1], table[:, 2], float(values["bias"]))


# Where nothing varies nothing is measured.
LEAST_SPREAD = 1e-3


@dataclass(frozen=True)
class Calibration:
    """The fitted weights."""

    ranking: Floats
    trust: Line
    scope: Line
    subject: Floats | None = None  # what each dimension of a text's vector adds to the log odds of `scope`, if taught

    def merits(self, ranking: Floats) -> Floats:
        """The weighted evidence (`Findings.ranking`) for each class; the highest is the best."""
        found: Floats = ranking @ self.ranking
        return found

    def measured_on(self, known: Observations) -> Calibration:
        """The same with what is found for these texts in scope as what is usual."""
        return replace(self, scope=self.scope.measured_on(levels(known.findings)))

    def shares(self, ranking: Floats, without: Sequence[int] = ()) -> Floats:
        """How the ranking divides its belief among the best classes, some left out; the others get none."""
        raw = self.merits(ranking)
        if without:
            raw[:, list(without)] = -np.inf
        if raw.shape[1] > RIVALS:
            # So the share means the same in an index of ten entries and in one of ten thousand.
            raw = np.where(raw >= np.partition(raw, -RIVALS, axis=1)[:, -RIVALS, None], raw, -np.inf)
        exponents = np.exp(raw - raw.max(axis=1, keepdims=True))
        found: Floats = exponents / exponents.sum(axis=1, keepdims=True)
        return found

    def candidates(self, findings: Findings, count: int = CANDIDATES, without: Sequence[int] = ()) -> Candidates:
        """The `count` best classes of each text, some classes left out."""
        shares = self.shares(findings.ranking, without)
        count = min(count, shares.shape[1] - len(without))
        if count < 1:
            none = np.empty((len(shares), 0), dtype=np.float32)
            return Candidates(none.astype(np.int32), none, none, np.zeros(len(shares), dtype=np.float32))
        places = np.argpartition(-shares, count - 1, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(shares, places, axis=1), axis=1, kind="stable")
        places = np.take_along_axis(places, order, axis=1)
        in_scope = self.in_scope(findings, without)
        right = self.trust.probability(findings.trust(shares, places)) * in_scope[:, None]
        # A lower candidate is never the likelier one.
        probabilities = np.minimum.accumulate(np.minimum(right, SUREST), axis=1)
        return Candidates(places.astype(np.int32), np.take_along_axis(shares, places, axis=1), probabilities, in_scope)

    def in_scope(self, findings: Findings, without: Sequence[int] = ()) -> Floats:
        """The probability that any class is meant, some left out; one for each text."""
        log_odds = self.scope.log_odds(levels(findings, without))
        if self.subject is not None:
            log_odds = log_odds + findings.vectors @ self.subject
        found: Floats = logistic(log_odds).astype(np.float32)
        return found

    def as_dict(self) -> dict[str, Any]:
        """For saving."""
        return {
            "ranking": dict(zip(RANKING, self.ranking.tolist(), strict=True)),
            "trust": self.trust.as_dict(TRUST),
            "scope": self.scope.as_dict(SCOPE),
            "subject": None if self.subject is None else self.subject.tolist(),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Calibration:
        """The reverse of `as_dict`."""
        ranking = np.array([values["ranking"][name] for name in RANKING], dtype=np.float32)
        subject = None if values["subject"] is None else np.array(values["subject"], dtype=np.float32)
        return cls(ranking, Line.from_dict(values["trust"], TRUST), Line.from_dict(values["scope"], SCOPE), subject)


def best_merits(findings: Findings, without: Sequence[int] = ()) -> Floats:
    """How high the best class of each text stands, by the weights LEVEL."""
    merits = findings.ranking @ LEVEL
    if without:
        merits[:, list(without)] = -np.inf
    found: Floats = merits.max(axis=1)
    return found


def levels(findings: Findings, without: Sequence[int] = ()) -> Floats:
    """The inputs SCOPE, one row for each text."""
    columns = [best_merits(findings, without), findings.energy, findings.middle]
    found: Floats = np.stack(columns, axis=1).astype(np.float32)
    return found


@dataclass(frozen=True)
class Observations:
    """Texts whose right class is known, with the evidence found while they were held out."""

    findings: Findings
    truth: Labels  # OUT_OF_SCOPE where no class is right
    weights: Floats

    @classmethod
    def join(cls, parts: Sequence[Observations]) -> Observations:
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


# Where the weights start, and where they stay if there is little to fit them on: what the training parts of the public
# intent sets give together.
PRIOR = Calibration(
    ranking=LEVEL,
    trust=Line(np.zeros(2, np.float32), np.ones(2, np.float32), np.array([0.6, 0.5], np.float32), 0.3),
    scope=Line(
        np.array([1.5, 3.0, 0.65], np.float32),
        np.array([1.5, 2.0, 0.12], np.float32),
        np.array([1.0, 1.0, 0.6], np.float32),
        2.0,
    ),
)


def balanced(observations: Observations, out_of_scope: float) -> Observations:
    """The same with weights that make up the stated share of out-of-scope texts."""
    strange = observations.truth == OUT_OF_SCOPE
    weights = observations.weights.astype(np.float64)
    inside, outside = weights[~strange].sum(), weights[strange].sum()
    if inside and outside:
        weights[strange] *= inside / outside * out_of_scope / (1 - out_of_scope)
    return Observations(observations.findings, observations.truth, weights.astype(np.float32))


def fit(observations: Observations, *, literal: bool = False) -> Calibration:
    """All models on texts held out; the inputs are measured against those of texts in scope.

    With `literal` these are copies of what the evidence was made from, and the ranking stays as it is.
    """
    known = observations.where(observations.truth != OUT_OF_SCOPE)
    start = PRIOR if literal else replace(PRIOR, ranking=_fit_ranking(known, PRIOR.ranking))
    return fit_trust(observations, start.measured_on(known))


def refit(asked: Observations, calibration: Calibration) -> tuple[Calibration, Candidates]:
    """All models moved to questions that were really asked, from where held-out texts have put them.

    Also gives what each question is given by the other ones: a fit knows its own questions too well to be judged by
    them. (The ranking's few weights are fitted on all.)
    """
    known = asked.where(asked.truth != OUT_OF_SCOPE)
    start = replace(calibration, ranking=_fit_ranking(known, calibration.ranking))
    part = np.random.default_rng(0).permutation(len(asked)) % PARTS
    judged = []
    for number in range(PARTS):
        taught = fit_trust(asked.where(part != number), start, by_subject=True)
        judged.append(taught.candidates(asked.where(part == number).findings))
    order = np.argsort(np.argsort(part, kind="stable"))
    return fit_trust(asked, start, by_subject=True), Candidates.join(judged).take(order)


def fit_trust(observations: Observations, start: Calibration, *, by_subject: bool = False) -> Calibration:
    """The two probabilities alone; `by_subject`: let what the texts are about tell whether any class is meant."""
    inside = observations.truth != OUT_OF_SCOPE
    known = observations.where(inside)
    shares = start.shares(known.findings.ranking)
    places = np.argsort(-shares, axis=1)[:, :CANDIDATES]
    inputs = known.findings.trust(shares, places)
    right = places == known.truth[:, None]
    weights = np.broadcast_to(known.weights[:, None], right.shape)
    trust = start.trust.fitted(inputs.reshape(-1, len(TRUST)), right.ravel(), weights.ravel(), TRUST_STRENGTH)
    made = replace(start, trust=trust)
    if not inside.any() or inside.all():
        return made
    found, weights = observations.findings, observations.weights
    if not by_subject:
        return replace(made, scope=start.scope.fitted(levels(found), inside, weights, SCOPE_STRENGTH))
    scope, subject = start.scope.fitted_with(levels(found), found.vectors, inside, weights, SCOPE_STRENGTH)
    return replace(made, scope=scope, subject=subject)


def _fit_ranking(observations: Observations, prior: Floats) -> Floats:
    """Conditional logit on texts in scope: the right class should have the highest sum of weighted evidence."""
    from scipy.optimize import minimize

    inputs = observations.findings.ranking.astype(np.float64)
    truth = observations.truth
    counts = observations.weights.astype(np.float64)
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
