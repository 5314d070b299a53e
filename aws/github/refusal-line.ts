import type { RequestRefused } from './http.ts';
import type { Caller } from './webhook-request.ts';

export const METRICS_NAMESPACE = 'Groundswell';
export const REFUSED_DELIVERIES = 'RefusedDeliveries';
/** The dimension: the name of the orchestrator. */
export const WEBHOOK_DIMENSION = 'Orchestrator';

/**
 * One line of the log, which CloudWatch also counts, so that the function needs no permission for metrics. No body, and no signature.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const refusalLine = ({ status, message }: RequestRefused, caller: Caller, orchestrator: string, nowMs: number): object => ({
  _aws: {
    Timestamp: nowMs,
    CloudWatchMetrics: [
      { Namespace: METRICS_NAMESPACE, Dimensions: [[WEBHOOK_DIMENSION]], Metrics: [{ Name: REFUSED_DELIVERIES, Unit: 'Count' }] },
    ],
  },
  [WEBHOOK_DIMENSION]: orchestrator,
  [REFUSED_DELIVERIES]: 1,
  level: 'WARN',
  message: 'delivery refused',
  status,
  reason: message,
  ...caller,
});
