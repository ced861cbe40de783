"""Matching rules, read from JSON: `[{"ruleName": …, "matchingKeys": […]}, …]` as in Entity Resolution, or what is wrong."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from mandorla.domain.errors import InvalidInputError
from mandorla.domain.finding import Finding
from mandorla.domain.limits import DEFAULT_LIMITS, Limits
from mandorla.domain.rules import Rule
from mandorla.domain.schema_payload import likely_member, wrong

MEMBERS = frozenset({"ruleName", "matchingKeys"})


def rules_from(payload: object, where: str = "rules", limits: Limits = DEFAULT_LIMITS) -> tuple[Rule, ...]:
    """The rules in their order; a list, or an object with the member `rules`. InvalidInputError carries every finding.

    >>> rules_from([{"ruleName": "email", "matchingKeys": ["Email"]}])
    (Rule(rule_name='email', matching_keys=('Email',)),)
    """
    listed = payload["rules"] if isinstance(payload, Mapping) and set(payload) == {"rules"} else payload
    findings = [*findings_of_rules(listed, where, limits)]
    if findings:
        raise InvalidInputError(findings)
    assert isinstance(listed, Sequence)
    return tuple(Rule(rule["ruleName"], tuple(rule["matchingKeys"])) for rule in listed)


def findings_of_rules(rules: object, where: str, limits: Limits) -> Iterator[Finding]:
    """What is wrong with the rules, each and together."""
    if not isinstance(rules, Sequence) or isinstance(rules, str) or not 1 <= len(rules) <= limits.rules:
        what = f"the rules are not a list of 1 to {limits.rules} objects"
        yield wrong("RULES_SHAPE", where, what, 'write [{"ruleName": "email", "matchingKeys": ["Email"]}]')
        return
    for place, rule in enumerate(rules):
        yield from findings_of_rule(rule, f"{where}[{place}]", limits)
    names = Counter(rule["ruleName"] for rule in rules if isinstance(rule, Mapping) and isinstance(rule.get("ruleName"), str))
    for name, count in names.items():
        if count > 1:
            yield wrong("RULE_DUPLICATE", f"{where}, '{name}'", "two rules have this name", "give each rule its own name")


def findings_of_rule(rule: object, where: str, limits: Limits) -> Iterator[Finding]:
    """What is wrong with one rule."""
    if not isinstance(rule, Mapping):
        yield wrong("RULES_SHAPE", where, "the rule is not a JSON object", "write {ruleName, matchingKeys}")
        return
    for member in sorted(set(rule) - MEMBERS):
        yield wrong("MEMBER_UNKNOWN", f"{where}.{member}", "no such member", likely_member(member, MEMBERS))
    name = rule.get("ruleName")
    # The service allows letters, digits, _, - and spaces; a mapping without a server can bear any name.
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= limits.name_length:
        what = f"ruleName is missing or longer than {limits.name_length} characters"
        yield wrong("RULE_NAME", f"{where}.ruleName", what, "name the rule")
    keys = rule.get("matchingKeys")
    if (
        not isinstance(keys, Sequence)
        or isinstance(keys, str)
        or not all(isinstance(key, str) and key for key in keys)
        or not 1 <= len(keys) <= limits.matching_keys_per_rule
        or len(set(keys)) != len(keys)
    ):
        # The model lets a rule have no key since 2025; such a rule agrees on nothing, so it can only be a mistake.
        what = f"matchingKeys is not a list of 1 to {limits.matching_keys_per_rule} different match keys"
        yield wrong("MATCHING_KEYS", f"{where}.matchingKeys", what, "list the match keys that must all agree")
