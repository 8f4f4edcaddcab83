"""Discovery: which operations and quick properties a type has."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Children, Collection, Element, Enum, Text
from openlpar.uom.job import NLSStaticMessage


class ProgressType(StrEnum):
    """How an operation tells its progress."""

    LINEAR = "LINEAR"
    DISCRETE = "DISCRETE"


class OperationParameter(Element, ns="web", schema="V1_0"):
    """A parameter that an operation may be given."""

    name = Text("ParameterName", access="ROR")


class Operation(Element, ns="web", schema="V1_0"):
    """An operation (job) of a type."""

    name = Text("OperationName", access="ROR")
    group_name = Text("GroupName", access="ROR")
    progress_type = Enum("ProgressType", ProgressType, access="ROR")
    parameters = Collection("AllPossibleParameters", OperationParameter)
    results = Collection("AllPossibleResults", OperationParameter)
    states = Collection("AllDiscreteStates", NLSStaticMessage)


class OperationSet(Element, ns="web", schema="V1_0"):
    """All operations of a type. ``{type}/operations``."""

    name = Text("SetName", access="ROR")
    operations = Collection("DefinedOperations", Operation)


class QuickProperty(Element, ns="web", schema="V1_0"):
    """A property that can be read quickly, as JSON."""

    rest_element = Text("RESTElement")
    nickname = Text("Nickname")
    description = Text("Description")


class QuickPropertyCollection(Element, tag="QuickProperty_Collection", ns="web", schema="V1_0"):
    """All quick properties of a type. ``{type}/quick``."""

    properties = Children("QuickProperty", QuickProperty)
