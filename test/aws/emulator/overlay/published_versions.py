"""Lambda: what PublishVersion publishes.

AWS: "Lambda doesn't publish a version if the function's configuration and code haven't changed since the last version" (it answers with that one);
with CodeSha256 or RevisionId it publishes only what matches. Publish on CreateFunction and UpdateFunctionCode does the same.
https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
The text of the refusal is what AWS answers: https://github.com/serverless/serverless/issues/3696

MiniStack ignores CodeSha256 and RevisionId, and takes each UpdateFunctionCode for a change, and each Publish.
"""
import ministack.services.lambda_svc as lambdas

from .seams import need, patch

#: What differs between $LATEST and a version of the same code and configuration.
NOT_COMPARED = ("Version", "FunctionArn", "MasterArn", "RevisionId", "LastModified", "Description", "State", "StateReason", "StateReasonCode",
                "LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode")


def _compared(config):
    return {key: value for key, value in config.items() if key not in NOT_COMPARED}


def _publish(publish, name, data):
    function = lambdas._functions.get(name)
    if not function:
        return publish(name, data)
    current = function["config"]
    sha = data.get("CodeSha256")
    if sha and sha != current.get("CodeSha256"):
        return lambdas.error_response_json(
            "InvalidParameterValueException",
            f"CodeSHA256 ({sha}) is different from current CodeSHA256 in $LATEST ({current.get('CodeSha256')}). "
            "Please try again with the CodeSHA256 in $LATEST.",
            400,
        )
    if data.get("RevisionId") and (refusal := lambdas._check_revision(current, data)):
        return refusal
    latest = max(function["versions"], key=int, default=None)
    if latest and _compared(function["versions"][latest]["config"]) == _compared(current):
        return lambdas.json_response(function["versions"][latest]["config"], 201)
    return publish(name, data)


def apply():
    need(callable(getattr(lambdas, "_check_revision", None)), "lambda_svc._check_revision")
    # Without what function_states, which is applied later, refuses while an update is in progress: here the publishing is part of the update.
    publish_at_once = lambdas._publish_version

    @patch(lambdas, "_publish_version")
    def publish_version(original, name, data):
        return _publish(original, name, data)

    def with_publish(original, name, data, *args):
        answer = original(*args, {key: value for key, value in data.items() if key != "Publish"})
        if answer[0] >= 400 or not data.get("Publish"):
            return answer
        status, headers, body = _publish(publish_at_once, name, {})
        return (answer[0], headers, body) if status < 400 else (status, headers, body)

    @patch(lambdas, "_create_function")
    def create_function(original, data):
        return with_publish(original, data.get("FunctionName"), data)

    @patch(lambdas, "_update_code")
    def update_code(original, name, data):
        return with_publish(original, name, data, name)
