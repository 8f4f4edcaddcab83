"""Measurements: ``make perf``. OpenLPAR and its peers in one run on one machine; what counts are the ratios."""
