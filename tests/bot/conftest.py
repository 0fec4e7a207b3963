"""spaCy is imported here, before warnings count as errors: what its own dependencies warn of is not ours."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import spacy  # noqa: F401
