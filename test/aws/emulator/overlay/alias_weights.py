"""Lambda: an alias with AdditionalVersionWeights sends each call to one of two versions, by chance.

AWS: of the calls through the alias the additional version gets its weight, on average, whoever calls (Invoke, Step Functions, EventBridge);
the answer's ExecutedVersion says which ran; the function is told the alias's ARN as invokedFunctionArn.
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

MiniStack keeps the weights and never uses them. What is read through an alias (GetFunction) stays that of the alias's first version.
"""
import contextvars
import random

import ministack.services.lambda_svc as lambdas

from .seams import need, patch

#: The alias by which the function that is about to run was called; the version is chosen by then.
called_as = contextvars.ContextVar("called_as", default=None)


def version_of_call(alias):
    drawn = random.random()
    for version, weight in ((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}).items():
        if drawn < weight:
            return version
        drawn -= weight
    return alias.get("FunctionVersion", "$LATEST")


def _by_alias(record, alias):
    config = record["config"]
    arn = ":".join(config["FunctionArn"].split(":")[:7])
    return {**record, "config": {**config, "FunctionArn": f"{arn}:{alias}"}}


def _split(reference):
    if reference.startswith("arn:"):
        return lambdas._lambda_function_name_and_qualifier_from_arn(reference)
    return lambdas._resolve_name_and_qualifier(reference)


def apply():
    for helper in ("_qp_first", "_lambda_function_name_and_qualifier_from_arn", "_resolve_name_and_qualifier", "_get_base_func_record_for_ref"):
        need(callable(getattr(lambdas, helper, None)), f"lambda_svc.{helper}")

    @patch(lambdas, "_invoke")
    async def invoke(original, name, event, headers, path_qualifier=None, query_params=None):
        qualifier = path_qualifier or lambdas._qp_first(query_params or {}, "Qualifier") or lambdas._qp_first(headers, "x-amz-qualifier")
        alias = (lambdas._functions.get(name) or {}).get("aliases", {}).get(qualifier)
        if not alias:
            return await original(name, event, headers, path_qualifier, query_params)
        token = called_as.set(qualifier)
        try:
            return await original(name, event, headers, version_of_call(alias), query_params)
        finally:
            called_as.reset(token)

    @patch(lambdas, "_execute_function")
    def execute_function(original, function, event):
        alias = called_as.get()
        return original(_by_alias(function, alias) if alias and "config" in function else function, event)

    @patch(lambdas, "_get_func_record_for_ref")
    def record_to_call(original, reference):
        record, config, name = original(reference)
        if not record or not isinstance(reference, str):
            return record, config, name
        _name, qualifier = _split(reference)
        base, _config, _name = lambdas._get_base_func_record_for_ref(reference)
        alias = (base or {}).get("aliases", {}).get(qualifier)
        if not alias:
            return record, config, name
        version = version_of_call(alias)
        record = _by_alias(base if version == "$LATEST" else base["versions"][version], qualifier)
        return record, record["config"], name
