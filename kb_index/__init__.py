"""The semantic FAQ index: entries, encoder, search, calibration, evaluation. Knows no Rasa, Redis or HTTP."""
