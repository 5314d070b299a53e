import type { ReferenceEvent } from '../../../aws/github/push.ts';
import { gitHubWebhook, type WebhookPorts } from '../../../aws/github-webhook.ts';
import { SECRET } from './delivery.ts';

/** The webhook's function over what only remembers. */
export class FakeWebhook {
  readonly put: ReferenceEvent[] = [];
  readonly lines: object[] = [];
  readonly held = new Map<string, 'taken' | 'remembered'>();
  secrets: readonly string[] = [SECRET];
  newer: readonly string[] | null = null;
  failure: Error | null = null;
  readonly handle: ReturnType<typeof gitHubWebhook>;

  constructor(over: Partial<WebhookPorts> = {}) {
    this.handle = gitHubWebhook({
      orchestrator: 'Groundswell',
      branches: ['main', 'release/2026'],
      secret: { versions: async () => this.secrets, reread: async () => this.newer },
      deliveries: {
        take: async (id) => !this.held.has(id) && this.held.set(id, 'taken') === this.held,
        remember: async (id) => void this.held.set(id, 'remembered'),
        forget: async (id) => void this.held.delete(id),
      },
      bus: {
        put: async (event) => {
          if (this.failure !== null) throw this.failure;
          this.put.push(event);
        },
      },
      nowMs: () => 1_793_000_000_000,
      tell: (line) => void this.lines.push(line),
      ...over,
    });
  }
}
