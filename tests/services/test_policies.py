"""Policies decide as AWS documents it: denials win, wildcards reach over slashes, unknown tests never allow."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mandorla.domain.policy import AccessRequest
from mandorla.services.iam.authorization import context_of
from mandorla.services.iam.evaluation import evaluate, is_like
from mandorla.services.iam.policy_documents import policy_of, read_policy
from mandorla.wire.errors import WireError

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def statement(effect: str = "Allow", action: Any = "s3:GetObject", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def allows(
    statements: list[dict[str, Any]], action: str = "s3:GetObject", resource: str = "arn:aws:s3:::b/k", **context: str
) -> bool:
    keys = {name.replace("__", ":"): value for name, value in context.items()}
    found = context_of("arn:aws:iam::111122223333:role/r", "111122223333", NOW, keys)
    policy = policy_of({"Version": "2012-10-17", "Statement": statements})
    return evaluate(AccessRequest(action=action, resource=resource, context=found), [policy]).is_allowed


ALLOW_ALL = statement(action="*")

# Statements, and what is asked: action, resource; allowed or not.
CASES = [
    ([statement()], "s3:GetObject", "arn:aws:s3:::b/k", True),
    ([statement()], "s3:getobject", "arn:aws:s3:::b/k", True),
    ([statement()], "s3:PutObject", "arn:aws:s3:::b/k", False),
    ([statement(action="s3:*")], "s3:PutObject", "arn:aws:s3:::b/k", True),
    ([statement(action="s3:Get*")], "s3:GetBucketLocation", "arn:aws:s3:::b", True),
    ([statement(action="s3:?etObject")], "s3:GetObject", "arn:aws:s3:::b/k", True),
    ([statement(action=["glue:*", "s3:*"])], "glue:GetTable", "arn:aws:glue:us-east-1:1:catalog", True),
    ([statement(resource="arn:aws:s3:::b/*")], "s3:GetObject", "arn:aws:s3:::b/a/b/c", True),
    ([statement(resource="arn:aws:s3:::b/*")], "s3:GetObject", "arn:aws:s3:::b", False),
    ([statement(resource="arn:aws:s3:::B/*")], "s3:GetObject", "arn:aws:s3:::b/k", False),
    ([statement(resource="arn:aws:s3:::bb/*")], "s3:GetObject", "arn:aws:s3:::b/k", False),
    ([ALLOW_ALL, statement("Deny")], "s3:GetObject", "arn:aws:s3:::b/k", False),
    ([statement("Deny"), ALLOW_ALL], "s3:GetObject", "arn:aws:s3:::b/k", False),
    ([ALLOW_ALL, statement("Deny", resource="arn:aws:s3:::c/*")], "s3:GetObject", "arn:aws:s3:::b/k", True),
    ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "s3:GetObject", "arn:aws:s3:::b/k", True),
    ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], "s3:GetObject", "arn:aws:s3:::b/k", False),
    ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*"}], "s3:GetObject", "arn:aws:s3:::b/k", False),
    ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::c/*"}], "s3:GetObject", "arn:aws:s3:::b/k", True),
    ([], "s3:GetObject", "arn:aws:s3:::b/k", False),
    ([statement(resource="arn:aws:s3:::${aws:PrincipalAccount}/*")], "s3:GetObject", "arn:aws:s3:::111122223333/k", True),
    ([statement(resource="arn:aws:s3:::${aws:PrincipalAccount}/*")], "s3:GetObject", "arn:aws:s3:::4444/k", False),
    ([statement(resource="arn:aws:s3:::${aws:unheardof}*")], "s3:GetObject", "arn:aws:s3:::b/k", False),
    ([statement(resource="arn:aws:s3:::b/${*}")], "s3:GetObject", "arn:aws:s3:::b/k", False),
    ([statement(resource="arn:aws:s3:::b/${*}")], "s3:GetObject", "arn:aws:s3:::b/*", True),
]


@pytest.mark.parametrize(("statements", "action", "resource", "expected"), CASES)
def test_actions_and_resources(statements: list[dict[str, Any]], action: str, resource: str, expected: bool) -> None:
    statements = statements or [statement(action="none:none")]
    assert allows(statements, action, resource) is expected


# A condition of an Allow, the context that it is asked in, and whether it holds.
CONDITIONS = [
    ({"StringEquals": {"s3:ResourceAccount": ["111122223333"]}}, {"s3__ResourceAccount": "111122223333"}, True),
    ({"StringEquals": {"s3:ResourceAccount": ["111122223333"]}}, {"s3__ResourceAccount": "444455556666"}, False),
    ({"StringEquals": {"s3:resourceaccount": "111122223333"}}, {"s3__ResourceAccount": "111122223333"}, True),
    ({"StringEquals": {"s3:ResourceAccount": "111122223333"}}, {}, False),
    ({"StringEqualsIfExists": {"s3:ResourceAccount": "111122223333"}}, {}, True),
    ({"StringNotEquals": {"s3:ResourceAccount": "111122223333"}}, {}, True),
    ({"StringNotEquals": {"k": ["a", "b"]}}, {"k": "a"}, False),
    ({"StringNotEquals": {"k": ["a", "b"]}}, {"k": "c"}, True),
    ({"StringEquals": {"k": "A"}}, {"k": "a"}, False),
    ({"StringEquals": {"k": "a*"}}, {"k": "ab"}, False),
    ({"StringEqualsIgnoreCase": {"k": "A"}}, {"k": "a"}, True),
    ({"StringLike": {"k": "a*c?"}}, {"k": "abccd"}, True),
    ({"StringNotLike": {"k": "a*"}}, {"k": "abc"}, False),
    (
        {"ArnLike": {"aws:SourceArn": "arn:aws:glue:*:1:table/*"}},
        {"aws__SourceArn": "arn:aws:glue:us-east-1:1:table/d/t"},
        True,
    ),
    ({"ArnLike": {"aws:SourceArn": "arn:aws:*"}}, {"aws__SourceArn": "arn:aws:glue:us-east-1:1:table/d/t"}, False),
    ({"ArnNotEquals": {"k": "arn:aws:a:b:c:d"}}, {"k": "arn:aws:a:b:c:e"}, True),
    ({"Bool": {"aws:SecureTransport": "false"}}, {}, True),
    ({"Bool": {"aws:SecureTransport": True}}, {}, False),
    ({"NumericLessThan": {"k": "10"}}, {"k": "9.5"}, True),
    ({"NumericLessThanEquals": {"k": 10}}, {"k": "10"}, True),
    ({"NumericGreaterThan": {"k": "10"}}, {"k": "9"}, False),
    ({"NumericNotEquals": {"k": "10"}}, {"k": "10.0"}, False),
    ({"NumericEquals": {"k": "ten"}}, {"k": "10"}, False),
    ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, {}, True),
    ({"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, {}, False),
    ({"DateLessThan": {"aws:EpochTime": "1767225600"}}, {}, False),
    ({"Null": {"k": "true"}}, {}, True),
    ({"Null": {"k": "true"}}, {"k": "a"}, False),
    ({"Null": {"k": "false"}}, {"k": "a"}, True),
    ({"IpAddress": {"k": "10.0.0.0/8"}}, {"k": "10.1.2.3"}, True),
    ({"NotIpAddress": {"k": "10.0.0.0/8"}}, {"k": "11.1.2.3"}, True),
    ({"ForAnyValue:StringEquals": {"k": ["a", "b"]}}, {"k": "b"}, True),
    ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {}, True),
    ({"ForAnyValue:StringEquals": {"k": "a"}}, {}, False),
    ({"ForAnyValue:StringNotEquals": {"k": "a"}}, {}, False),
    ({"ForAllValues:StringEquals": {"k": "a"}, "Null": {"k": "false"}}, {}, False),
    ({"StringEquals": {"k": "a"}, "Bool": {"aws:SecureTransport": "false"}}, {"k": "a"}, True),
    ({"StringEquals": {"k": "a", "l": "b"}}, {"k": "a", "l": "c"}, False),
    ({"StringMagically": {"k": "a"}}, {"k": "a"}, False),
    ({"ForSome:StringEquals": {"k": "a"}}, {"k": "a"}, False),
]


@pytest.mark.parametrize(("condition", "context", "expected"), CONDITIONS)
def test_conditions(condition: dict[str, Any], context: dict[str, str], expected: bool) -> None:
    assert allows([statement(Condition=condition)], **context) is expected


# IAM user guide, "Condition operators": each with a value of a policy, one of a request that it holds for, and one that it
# does not hold for.
OPERATORS = [
    ("StringEquals", "a", "a", "b"),
    ("StringNotEquals", "a", "b", "a"),
    ("StringEqualsIgnoreCase", "A", "a", "b"),
    ("StringNotEqualsIgnoreCase", "A", "b", "a"),
    ("StringLike", "a*", "ab", "b"),
    ("StringNotLike", "a*", "b", "ab"),
    ("NumericEquals", "2", "2.0", "3"),
    ("NumericNotEquals", "2", "3", "2.0"),
    ("NumericLessThan", "2", "1", "2"),
    ("NumericLessThanEquals", "2", "2", "3"),
    ("NumericGreaterThan", "2", "3", "2"),
    ("NumericGreaterThanEquals", "2", "2", "1"),
    ("DateEquals", "2026-01-02T00:00:00Z", "2026-01-02", "2026-01-03T00:00:00Z"),
    ("DateNotEquals", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-02"),
    ("DateLessThan", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    ("DateLessThanEquals", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02T00:00:01Z"),
    ("DateGreaterThan", "2026-01-02T00:00:00Z", "1767312001", "2026-01-02T00:00:00Z"),
    ("DateGreaterThanEquals", "1767312000", "2026-01-02T00:00:00Z", "2026-01-01T23:59:59Z"),
    ("Bool", "true", "true", "false"),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", "QmluYXJz"),
    ("IpAddress", "203.0.113.0/24", "203.0.113.7", "203.0.114.7"),
    ("NotIpAddress", "2001:db8::/32", "2001:db9::1", "2001:db8::1"),
    ("ArnEquals", "arn:aws:s3:::b*", "arn:aws:s3:::bc", "arn:aws:s3:::c"),
    ("ArnLike", "arn:aws:*:*:1:a/?", "arn:aws:glue:x:1:a/b", "arn:aws:glue:x:2:a/b"),
    ("ArnNotEquals", "arn:aws:s3:::b", "arn:aws:s3:::c", "arn:aws:s3:::b"),
    ("ArnNotLike", "arn:aws:s3:::b*", "arn:aws:s3:::c", "arn:aws:s3:::bc"),
]


def is_let(operator: str, value: str, asked: tuple[str, ...] | None) -> bool:
    """Whether an Allow with one condition allows; a Deny with the same must deny just then."""
    context = {} if asked is None else {"k": asked}
    request = AccessRequest(action="s3:GetObject", resource="arn:aws:s3:::b/k", context=context)
    condition = {operator: {"k": value}}

    def decided(*statements: dict[str, Any]) -> bool:
        return evaluate(request, [policy_of({"Version": "2012-10-17", "Statement": list(statements)})]).is_allowed

    allowed = decided(statement(Condition=condition))
    assert decided(ALLOW_ALL, statement("Deny", Condition=condition)) is not allowed
    return allowed


@pytest.mark.parametrize(("operator", "value", "holding", "failing"), OPERATORS)
def test_each_operator_with_and_without_its_key_and_over_several_values(
    operator: str, value: str, holding: str, failing: str
) -> None:
    is_negated = "Not" in operator
    for name in (operator, f"{operator}IfExists"):
        assert is_let(name, value, (holding,))
        assert not is_let(name, value, (failing,))
        assert is_let(f"ForAllValues:{name}", value, (holding, holding))
        assert not is_let(f"ForAllValues:{name}", value, (holding, failing))
        assert is_let(f"ForAnyValue:{name}", value, (failing, holding))
        assert not is_let(f"ForAnyValue:{name}", value, (failing, failing))
    # "If the key that you specify in a policy condition is not present in the request context, the values do not match";
    # with IfExists, and for all of no values, the test holds.
    assert is_let(operator, value, None) is is_negated
    assert is_let(f"{operator}IfExists", value, None)
    assert is_let(f"ForAllValues:{operator}", value, None)
    assert not is_let(f"ForAnyValue:{operator}", value, None)


PRINCIPALS = [
    ({"AWS": "111122223333"}, True),
    ({"AWS": "arn:aws:iam::111122223333:root"}, True),
    ({"AWS": ["444455556666", "arn:aws:iam::111122223333:role/r"]}, True),
    ({"AWS": "arn:aws:iam::111122223333:role/s"}, False),
    ({"AWS": "*"}, True),
    ("*", True),
    ({"Service": "glue.amazonaws.com"}, False),
]


@pytest.mark.parametrize(("principal", "is_named"), PRINCIPALS)
def test_principals_and_all_others(principal: Any, is_named: bool) -> None:
    request = AccessRequest(
        action="s3:GetObject", resource="r", principal_arn="arn:aws:iam::111122223333:role/r", account_id="111122223333"
    )
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}
    for name, expected in (("Principal", is_named), ("NotPrincipal", not is_named)):
        named = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", name: principal}
        for statements, is_allowed in (([named], expected), ([allow, {**named, "Effect": "Deny"}], not expected)):
            policy = policy_of({"Version": "2012-10-17", "Statement": statements}, of_resource=True)
            assert evaluate(request, [policy]).is_allowed is is_allowed


def test_a_denial_that_cannot_be_understood_denies() -> None:
    assert not allows([ALLOW_ALL, statement("Deny", Condition={"StringMagically": {"k": "a"}})], k="b")
    assert not allows([ALLOW_ALL, statement("Deny", Condition={"NumericEquals": {"k": "ten"}})], k="10")


MALFORMED = [
    ("", "line 1, column 1"),
    ('{"Version": “2012-10-17”}', "line 1"),
    ('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*" (all of it)}]}', "line 1"),
    ("[]", "JSON object"),
    ('{"Version": "2012-10-18", "Statement": []}', "Version must be 2012-10-17"),
    ('{"Version": "2012-10-17", "Statement": []}', "Statement is missing"),
    (json.dumps({"Statement": [{"Effect": "allow", "Action": "a:b", "Resource": "*"}]}), "Effect must be Allow or Deny"),
    (json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*"}]}), "Action is missing"),
    (json.dumps({"Statement": [{"Effect": "Allow", "Action": "a:b"}]}), "Resource is missing"),
    (json.dumps({"Statement": [statement(NotAction="a:b")]}), "both Action and NotAction"),
    (json.dumps({"Statement": [statement(Principal="*")]}), "names no principal"),
    (json.dumps({"Statement": [statement(action="GetObject")]}), "service:action"),
    (json.dumps({"Statement": [statement(Sidd="x")]}), "Sidd is no member"),
    (json.dumps({"Statement": [statement(Condition="x")]}), "Condition must be"),
]


@pytest.mark.parametrize(("text", "said"), MALFORMED)
def test_a_malformed_policy_is_refused_with_place_and_cause(text: str, said: str) -> None:
    with pytest.raises(WireError) as refused:
        read_policy(text)
    assert refused.value.code == "MalformedPolicyDocument"
    assert said in refused.value.message


statements = st.builds(
    statement,
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(["s3:GetObject", "s3:*", "*", "glue:GetTable"]),
    st.sampled_from(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::c/*"]),
)


@given(st.lists(statements, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_a_denial_never_allows_more(listed: list[dict[str, Any]], random: Any) -> None:
    shuffled = random.sample(listed, len(listed))
    assert allows(listed) == allows(shuffled)
    assert allows([*listed, statement("Deny", action="s3:Get*")]) is False


@given(st.text("ab*?/", max_size=6), st.text("ab/", max_size=6))
def test_wildcards_are_as_in_a_slow_and_simple_matcher(pattern: str, text: str) -> None:
    def slow(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return any(slow(pattern[1:], text[start:]) for start in range(len(text) + 1))
        return bool(text) and pattern[0] in ("?", text[0]) and slow(pattern[1:], text[1:])

    assert is_like(text, pattern) == slow(pattern, text)
