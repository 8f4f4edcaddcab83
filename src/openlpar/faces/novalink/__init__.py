"""The REST API of a NovaLink: Atom/XML of the PowerVM UOM. The contract is that of the pypowervm client."""
