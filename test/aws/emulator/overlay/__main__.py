"""Applies every patch and starts MiniStack. The order counts only where a module says so."""
import importlib
import os
import shutil
import signal
import sys
import threading

PATCHES = (
    # Step Functions. `branches` first: it is what the others end a branch with.
    "branches",
    "task_timeouts",
    "callbacks",
    "late_callbacks",
    "abort",
    "fail_fast",
    "branch_context",
    "parallel_output",
    "nested_executions",
    "machine_timeout",
    "idempotent_start",
    "retry_delays",
    # Lambda
    "error_names",
    "alias_weights",
    "alias_checks",
    "lambda_metrics",
    "published_versions",
    "function_states",
    # CloudWatch
    "alarm_timestamps",
    "alarm_evaluation",
    "alarm_checks",
    "alarm_events",
    # EventBridge
    "cross_region_buses",
    "async_targets",
    # No behaviour of AWS's: aids for tests.
    "iam_switch",
    "faults",
)


def end_with_whoever_started(folder):
    """Ends the process group, and removes its folder, once standard input is closed: whoever holds it open is gone, however it ended."""
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main():
    folder = os.environ.get("GROUNDSWELL_EMULATOR_FOLDER")
    if folder:
        threading.Thread(target=end_with_whoever_started, args=(folder,), daemon=True).start()
    for name in PATCHES:
        importlib.import_module(f"{__package__}.{name}").apply()
    from ministack.app import main as serve

    serve()


if __name__ == "__main__":
    main()
