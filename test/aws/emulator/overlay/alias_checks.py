"""Lambda: what CreateAlias and UpdateAlias refuse.

AWS: an alias points to a version that there is; it may have one additional version, published as the first one is, with a weight between 0 and 1.
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
https://docs.aws.amazon.com/lambda/latest/api/API_AliasRoutingConfiguration.html
That the two must differ is an assumption, on the strict side.

MiniStack takes anything; an alias to a version that is not there then runs $LATEST.
"""
import ministack.services.lambda_svc as lambdas

from .seams import patch


def _refused(message):
    return lambdas.error_response_json("InvalidParameterValueException", message, 400)


def _refusal(name, first, weights):
    function = lambdas._functions.get(name)
    if not function:
        return None  # the original says so
    for version in (first, *weights):
        if version != "$LATEST" and version not in function["versions"]:
            return lambdas.error_response_json("ResourceNotFoundException", f"Function not found: {lambdas._func_arn(name)}:{version}", 404)
    if len(weights) > 1:
        return _refused("Number of items in AdditionalVersionWeights cannot be greater than 1")
    if weights and "$LATEST" in (first, *weights):
        return _refused("$LATEST is not supported for an alias pointing to more than 1 version")
    if first in weights:
        return _refused(f"The additional version {first} is the version of the alias itself")
    if any(not 0 <= weight <= 1 for weight in weights.values()):
        return _refused("A weight in AdditionalVersionWeights must be between 0.0 and 1.0")
    return None


def _weights(routing):
    return (routing or {}).get("AdditionalVersionWeights") or {}


def apply():
    @patch(lambdas, "_create_alias")
    def create_alias(original, name, data):
        return _refusal(name, data.get("FunctionVersion", "$LATEST"), _weights(data.get("RoutingConfig"))) or original(name, data)

    @patch(lambdas, "_update_alias")
    def update_alias(original, name, alias_name, data):
        alias = (lambdas._functions.get(name) or {}).get("aliases", {}).get(alias_name, {})
        first = data.get("FunctionVersion", alias.get("FunctionVersion", "$LATEST"))
        routing = data["RoutingConfig"] if "RoutingConfig" in data else alias.get("RoutingConfig")
        return _refusal(name, first, _weights(routing)) or original(name, alias_name, data)
