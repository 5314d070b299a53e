"""Lambda: what a function may not do while it is being made or updated.

AWS: a new function is Pending, then Active; while it is Pending, Invoke, UpdateFunctionCode, UpdateFunctionConfiguration and PublishVersion fail.
An update leaves State as it is and makes LastUpdateStatus InProgress; until that is Successful, the same calls but Invoke fail. Each is ResourceConflictException.
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html

MiniStack keeps both states for half a second, sets State to Pending for an update, and refuses nothing. What CloudFormation does is left
alone: it waits on AWS.
"""
import contextvars
import json

import ministack.services.lambda_svc as lambdas

from .seams import need, patch

_by_api = contextvars.ContextVar("lambda_api", default=False)
ACTIVE = {"State": "Active", "StateReason": "", "StateReasonCode": ""}


def _conflict(name, updates):
    config = (lambdas._functions.get(name) or {}).get("config")
    if not config or not _by_api.get():
        return None
    if config.get("State") == "Pending":
        return _refused("The function is currently in the following state: Pending")
    if updates and config.get("LastUpdateStatus") == "InProgress":
        return _refused(f"An update is in progress for resource: {config['FunctionArn']}")
    return None


def _refused(why):
    return lambdas.error_response_json("ResourceConflictException", f"The operation cannot be performed at this time. {why}", 409)


def apply():
    need(getattr(lambdas, "_LAMBDA_STATE_TRANSITION_DELAY", 0) > 0, "lambda_svc._LAMBDA_STATE_TRANSITION_DELAY")

    @patch(lambdas, "handle_request")
    async def handle_request(original, *args):
        token = _by_api.set(True)
        try:
            return await original(*args)
        finally:
            _by_api.reset(token)

    @patch(lambdas, "_invoke")
    async def invoke(original, name, *args):
        return _conflict(name, updates=False) or await original(name, *args)

    @patch(lambdas, "_publish_version")
    def publish_version(original, name, data):
        return _conflict(name, updates=True) or original(name, data)

    for update in ("_update_code", "_update_config"):

        @patch(lambdas, update)
        def update_function(original, name, data):
            refusal = _conflict(name, updates=True)
            if refusal:
                return refusal
            before = (lambdas._functions.get(name) or {}).get("config", {}).get("State")
            status, headers, body = original(name, data)
            if status >= 400 or before != "Active":
                return status, headers, body
            lambdas._functions[name]["config"].update(ACTIVE)
            return status, headers, json.dumps(json.loads(body) | ACTIVE).encode()
