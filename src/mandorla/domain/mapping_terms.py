"""By which terms two populations are mapped: what the source allows, what the target allows, what the workflow wants.

Entity Resolution's user guide: "The limitations specified for the source and target must be compatible." Where a side says
nothing, it has no preference. No source spells out the resolution; the table in `agreed_terms` is a GUESS that follows the
guide's words, and a job over two namespaces with different limits would settle it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from mandorla.domain.errors import MandorlaError
from mandorla.domain.rules import AttributeMatchingModel, RecordMatchingModel, Rule

Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a namespace allows or a workflow wants; empty means no preference."""

    rule_definition_types: tuple[str, ...] = ()
    attribute_matching_models: tuple[AttributeMatchingModel, ...] = ()
    record_matching_models: tuple[RecordMatchingModel, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedTerms:
    """What a mapping is made by."""

    rule_definition_type: str
    attribute_matching_model: AttributeMatchingModel
    record_matching_model: RecordMatchingModel
    rules: tuple[Rule, ...]


def rules_of(listed: Iterable[Mapping[str, Any]] | None) -> tuple[Rule, ...]:  # Any: members of the service model
    """Rules as an API request gives them under our names."""
    return tuple(Rule(one["rule_name"], tuple(one["matching_keys"])) for one in listed or ())


def terms_of_namespace(properties: Sequence[Mapping[str, Any]]) -> Terms:  # Any: members of the service model
    """The terms of a namespace's `idMappingWorkflowProperties`."""
    given = (properties[0].get("rule_based_properties") if properties else None) or {}
    model = given.get("attribute_matching_model")
    return Terms(
        rule_definition_types=tuple(given.get("rule_definition_types") or ()),
        attribute_matching_models=(AttributeMatchingModel(model),) if model else (),
        record_matching_models=tuple(RecordMatchingModel(one) for one in given.get("record_matching_models") or ()),
        rules=rules_of(given.get("rules")),
    )


def terms_of_workflow(techniques: Mapping[str, Any]) -> Terms:  # Any: members of the service model
    """The terms of an ID mapping workflow's `idMappingTechniques`."""
    given = techniques.get("rule_based_properties") or {}
    return Terms(
        rule_definition_types=tuple(filter(None, (given.get("rule_definition_type"),))),
        attribute_matching_models=tuple(
            AttributeMatchingModel(one) for one in filter(None, (given.get("attribute_matching_model"),))
        ),
        record_matching_models=tuple(RecordMatchingModel(one) for one in filter(None, (given.get("record_matching_model"),))),
        rules=rules_of(given.get("rules")),
    )


def agreed_terms(workflow: Terms, source: Terms, target: Terms) -> AgreedTerms:
    """The terms that all three can live with; a MandorlaError names what they cannot agree on.

    "if a source ID namespace limits rules to the target but the target ID namespace limits rules to the source, this results
    in an error."
    """
    side = agreed("ruleDefinitionType", [one.rule_definition_types for one in (workflow, source, target)], "TARGET")
    models = [one.attribute_matching_models for one in (workflow, source, target)]
    record_models = [one.record_matching_models for one in (workflow, source, target)]
    own = {"SOURCE": source.rules, "TARGET": target.rules}[side]
    rules = own or workflow.rules
    if not rules:
        raise MandorlaError(f"The rules are the {side}'s, and it has none. Give it rules, or give them to the workflow.")
    return AgreedTerms(
        rule_definition_type=side,
        attribute_matching_model=agreed("attributeMatchingModel", models, AttributeMatchingModel.MANY_TO_MANY),
        record_matching_model=agreed("recordMatchingModel", record_models, RecordMatchingModel.MANY_SOURCE_TO_ONE_TARGET),
        rules=rules,
    )


def agreed(what: str, preferences: Sequence[tuple[Choice, ...]], default: Choice) -> Choice:
    """The choice that nobody is against: the first of the first who has a preference.

    >>> agreed("side", [(), ("SOURCE", "TARGET"), ("TARGET",)], "SOURCE")
    'TARGET'
    """
    limited = [one for one in preferences if one]
    if not limited:
        return default
    for choice in limited[0]:
        if all(choice in one for one in limited):
            return choice
    listed = "; ".join(f"{who} {', '.join(map(str, one)) or 'anything'}" for who, one in zip(WHO, preferences, strict=True))
    raise MandorlaError(f"The {what}s are not compatible: {listed}. Let workflow, source and target name one in common.")


WHO = ("the workflow wants", "the source allows", "the target allows")
