"""The functions that a query over the catalogue may call: those listed here, and no others."""

import re


def words_of(text: str) -> frozenset[str]:
    """The words of a text.

    >>> sorted(words_of("Sum Avg"))
    ['Avg', 'Sum']
    """
    return frozenset(re.findall(r"\w+", text))


# sqlglot's classes: a query is read into them from Athena's dialect and written from them in DuckDB's.
KNOWN = words_of(
    """
    Abs Acos Acosh And AnyValue ApproxDistinct ApproxQuantile ArgMax ArgMin Array ArrayAgg ArrayAll ArrayAny ArrayConcat
    ArrayContains ArrayDistinct ArrayExcept ArrayFilter ArrayFirst ArrayIntersect ArrayLast ArrayMax ArrayMin
    ArrayOverlaps ArrayPosition ArrayRemove ArraySize ArraySlice ArraySort ArraySum ArrayToString ArrayUniqueAgg
    ArraysZip Ascii Asin Asinh Atan Atan2 Atanh Avg BitwiseAnd BitwiseAndAgg BitwiseCount BitwiseOr BitwiseOrAgg
    BitwiseXor BitwiseXorAgg Case Cast Cbrt Ceil Chr Coalesce Concat ConcatWs Contains Corr Cos Cosh Count CountIf
    CovarPop CovarSamp CumeDist CurrentDate CurrentTime CurrentTimestamp Date DateAdd DateDiff DateFromParts DateSub
    DateToDateStr DateTrunc Day DayOfMonth DayOfWeek DayOfWeekIso DayOfYear Decode Degrees DenseRank Encode EndsWith
    Exists Exp Explode Extract First FirstValue Flatten Floor Format FromBase64 FromISO8601Date FromISO8601Timestamp
    GenerateDateArray GenerateSeries Greatest Grouping GroupConcat Hex Hour If Initcap IsInf IsNan JSONArrayContains JSONCast
    JSONExtract JSONExtractArray JSONExtractScalar JSONFormat JSONObject Kurtosis Lag Last LastDay LastValue Lead Least
    Left Length Levenshtein List Ln Localtime Localtimestamp Log LogicalAnd LogicalOr Lower LowerHex MD5 MD5Digest Map
    MapCat MapFromEntries MapKeys MapSize Max Median Min Minute Mod Month Normalize Not NthValue Ntile Nullif Or Pad
    ParseDatetime ParseJSON PercentRank PercentileCont PercentileDisc Pi Pow Quantile Quarter Radians Rand Rank Reduce
    RegexpCount RegexpExtract RegexpExtractAll RegexpILike RegexpLike RegexpReplace RegexpSplit RegrSlope RegrIntercept
    Repeat Replace Reverse Right Round RowNumber SHA SHA1Digest SHA2 SHA2Digest SafeDivide Second Shuffle Sign Sin Sinh
    Skewness Split SplitPart Sqrt StartsWith Stddev StddevPop StddevSamp StrPosition StrToDate StrToMap StrToTime
    StrToUnix Struct StructExtract Substring Sum Tan Tanh Time TimeStrToTime TimeToStr TimeToUnix Timestamp TimestampAdd
    TimestampDiff TimestampTrunc ToArray ToBase64 ToChar ToMap Transform Translate Trim Trunc Try TryCast TsOrDsAdd
    TsOrDsDiff TsOrDsToDate TsOrDsToDateStr TsOrDsToTime Typeof Unhex Unicode UnixToStr UnixToTime Unnest Upper Uuid
    VarMap Variance VariancePop Week WeekOfYear WidthBucket Xor Year
    """
)

# Functions that sqlglot passes on by their name, and that mean in DuckDB what they mean in Athena.
KNOWN_BY_NAME = words_of(
    """
    bit_count entropy geometric_mean histogram json_array_length map_concat map_entries map_values millisecond
    octet_length url_decode url_encode
    """
)
