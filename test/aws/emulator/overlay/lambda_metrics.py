"""Lambda: each run of a function is counted under the dimensions by which its alarms look.

AWS: Invocations, Errors, Duration and Throttles under FunctionName; under FunctionName and Resource (`<function>`, `<function>:<alias>` or
`<function>:<version>`, as it was called); and, called through an alias, under FunctionName, Resource and ExecutedVersion, so that an alarm sees
one of the alias's two versions. Every run counts: those of Step Functions, of events and of retries.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
AWS shows ExecutedVersion "for a combination of alias and version"; that it does so for an alias without weights, too, is an assumption.

MiniStack counts what comes through Invoke only, under FunctionName only.
"""
import time

import ministack.services.cloudwatch as cloudwatch
import ministack.services.lambda_svc as lambdas

from .seams import need, patch


def _dimensions(config):
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    parts = config["FunctionArn"].split(":")
    qualifier = parts[7] if len(parts) > 7 else None
    resource = f"{name}:{qualifier}" if qualifier else name
    yield {"FunctionName": name}
    yield {"FunctionName": name, "Resource": resource}
    if qualifier and qualifier != "$LATEST" and not qualifier.isdigit():
        yield {"FunctionName": name, "Resource": resource, "ExecutedVersion": version}


def _count(config, **values):
    for dimensions in _dimensions(config):
        for metric, value in values.items():
            cloudwatch.record_metric("AWS/Lambda", metric, value, "Milliseconds" if metric == "Duration" else "Count", dimensions)


def apply():
    need(callable(getattr(cloudwatch, "record_metric", None)), "cloudwatch.record_metric")

    @patch(lambdas, "_execute_function_dispatch")
    def run(original, function, config, event, request_id, started):
        since = time.monotonic()
        result = original(function, config, event, request_id, started)
        milliseconds = (time.monotonic() - since) * 1000
        _count(config, Invocations=1, Errors=1 if result.get("error") else 0, Throttles=0, Duration=milliseconds)
        return result

    @patch(lambdas, "_emit_lambda_metrics")
    def emitted(original, function_name, duration_ms, error, throttle):
        if throttle:
            original(function_name, duration_ms, error, throttle)

    # It copies the lists of points on every request, and loses those that another thread appends meanwhile. An emulator lives for minutes, not for two weeks.
    @patch(cloudwatch, "_evict_old_metrics")
    def evict_old_metrics(_original):
        pass
