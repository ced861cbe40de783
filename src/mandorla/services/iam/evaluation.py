"""Whether policies allow a request. A denial wins over all else; what nothing allows is denied.

AWS, "Policy evaluation logic". Unknown operators make a test fail: an Allow with one never allows, and a Deny with one
always denies, so that a policy that we cannot read never gives more than its writer meant.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address, ip_network

from mandorla.domain.policy import AccessRequest, Condition, Decision, Policy, Principals, Statement

VARIABLE = re.compile(r"\$\{([^}]*)\}")
LITERALS = {"*": "*", "?": "?", "$": "$"}


def evaluate(request: AccessRequest, policies: Iterable[Policy]) -> Decision:
    """The decision of policies of one kind: all that stand on the one who asks, or all that stand on the resource."""
    matching = [
        statement
        for policy in policies
        for statement in policy.statements
        if is_about(statement, request, has_variables=policy.has_variables)
    ]
    denying = next((statement for statement in matching if statement.effect == "Deny"), None)
    if denying is not None:
        return Decision(is_allowed=False, statement=denying)
    allowing = next((statement for statement in matching if statement.effect == "Allow"), None)
    return Decision(is_allowed=allowing is not None, statement=allowing)


def is_about(statement: Statement, request: AccessRequest, *, has_variables: bool) -> bool:
    """Whether a statement speaks of this request."""
    fill = values_of(request) if has_variables else {}
    actions = statement.actions or statement.not_actions
    is_action = any(is_like(request.action.lower(), pattern.lower()) for pattern in actions)
    resources = statement.resources or statement.not_resources
    if request.resource:
        is_resource = any(is_like(request.resource, pattern, fill) for pattern in resources)
    else:  # some resource is asked for: a permission has one, a denial only if it leaves none
        is_resource = (statement.effect == "Allow" or "*" in resources) == bool(statement.resources)
    return (
        is_action == bool(statement.actions)
        and (not resources or is_resource == bool(statement.resources))
        and is_principal(statement, request)
        and all(holds(condition, request, fill, of_deny=statement.effect == "Deny") for condition in statement.conditions)
    )


def is_principal(statement: Statement, request: AccessRequest) -> bool:
    """Whether a statement on a resource names the one who asks; one on a role or user names nobody and means its bearer."""
    if statement.principals is not None:
        return is_one_of(statement.principals, request)
    return statement.not_principals is None or not is_one_of(statement.not_principals, request)


def is_one_of(principals: Principals, request: AccessRequest) -> bool:
    """Whether the one who asks is among principals. An account stands for everybody in it."""
    if principals.is_everybody or (request.service and request.service in principals.services):
        return True
    account = f"arn:aws:iam::{request.account_id}:root"
    return bool(request.account_id) and any(
        named in (request.account_id, account, request.principal_arn) for named in principals.aws
    )


def is_like(text: str, pattern: str, fill: Mapping[str, str] | None = None) -> bool:
    """Whether a text is as a pattern with `*` and `?` says; both reach over colons and slashes.

    >>> is_like("arn:aws:s3:::a/b/c", "arn:aws:s3:::a/*"), is_like("s3:getobject", "s3:get?bject"), is_like("a", "${x}")
    (True, True, False)
    """
    return compiled(filled(pattern, fill or {})).fullmatch(text) is not None


def filled(pattern: str, fill: Mapping[str, str]) -> str:
    """A pattern with its variables replaced by what they stand for, letter for letter; unknown ones match nothing.

    >>> filled("a/${aws:username}/*", {"aws:username": "ann*"})
    'a/ann\\\\*/*'
    """

    def value_of(found: re.Match[str]) -> str:
        name, _, default = found[1].partition(",")
        value = LITERALS.get(name) or fill.get(name.strip().lower()) or default.strip().strip("'")
        return re.sub(r"([\\*?])", r"\\\1", value) if value else "\\\0"

    return VARIABLE.sub(value_of, pattern.replace("\\", "\\\\"))


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern as a regular expression; a backslash takes the next character literally."""
    parts = re.findall(r"\\.|[^\\]", pattern, re.DOTALL)
    written = {"*": ".*", "?": "."}
    return re.compile(
        "".join(re.escape(part[1]) if part[0] == "\\" else written.get(part, re.escape(part)) for part in parts), re.DOTALL
    )


def values_of(request: AccessRequest) -> dict[str, str]:
    """What variables stand for: context keys with a single value."""
    return {key: values[0] for key, values in request.context.items() if len(values) == 1}


def holds(condition: Condition, request: AccessRequest, fill: Mapping[str, str], *, of_deny: bool) -> bool:
    """Whether a test holds for a request. Where we do not know the test, a denial stands and a permission does not."""
    quantifier, _, operator = condition.operator.rpartition(":")
    if_exists = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists").lower()
    present = request.context.get(condition.key)
    if operator == "null":
        return (present is None) == (condition.values[:1] == ("true",))
    is_negated = operator in NEGATED
    compare = OPERATORS.get(NEGATED.get(operator, operator))
    if compare is None or quantifier not in ("", "ForAnyValue", "ForAllValues"):
        return of_deny
    if present is None:
        return if_exists or quantifier == "ForAllValues" or (is_negated and not quantifier)
    try:
        matched = [any(compare(one, filled(value, fill)) for value in condition.values) for one in present]
    except ValueError:
        return of_deny
    verdicts = [one != is_negated for one in matched]
    return all(verdicts) if quantifier == "ForAllValues" or (is_negated and not quantifier) else any(verdicts)


def number(text: str) -> float:
    """A number as policies write it."""
    return float(text)


def moment(text: str) -> datetime:
    """A date as policies write it: ISO 8601, or seconds since 1970."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC)
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def is_arn_like(text: str, pattern: str) -> bool:
    """ARNs compare segment by segment: "Each of the six colon-delimited components of the ARN is checked separately"."""
    texts, patterns = text.split(":", 5), pattern.split(":", 5)
    return len(texts) == len(patterns) == 6 and all(
        compiled(one).fullmatch(part) for part, one in zip(texts, patterns, strict=True)
    )


def unescaped(pattern: str) -> str:
    """A value for a comparison that knows no wildcards."""
    return re.sub(r"\\(.)", r"\1", pattern)


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda text, value: text == unescaped(value),
    "stringequalsignorecase": lambda text, value: text.lower() == unescaped(value).lower(),
    "stringlike": lambda text, value: compiled(value).fullmatch(text) is not None,
    "numericequals": lambda text, value: number(text) == number(value),
    "numericlessthan": lambda text, value: number(text) < number(value),
    "numericlessthanequals": lambda text, value: number(text) <= number(value),
    "numericgreaterthan": lambda text, value: number(text) > number(value),
    "numericgreaterthanequals": lambda text, value: number(text) >= number(value),
    "dateequals": lambda text, value: moment(text) == moment(value),
    "datelessthan": lambda text, value: moment(text) < moment(value),
    "datelessthanequals": lambda text, value: moment(text) <= moment(value),
    "dategreaterthan": lambda text, value: moment(text) > moment(value),
    "dategreaterthanequals": lambda text, value: moment(text) >= moment(value),
    "bool": lambda text, value: text.lower() == value.lower(),
    "binaryequals": lambda text, value: text == unescaped(value),
    "ipaddress": lambda text, value: ip_address(text) in ip_network(value, strict=False),
    "arnequals": is_arn_like,
    "arnlike": is_arn_like,
}
NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}
