import type { Lack } from '../domain/events.ts';
import type { Page } from '../domain/ports.ts';
import type { ReleaseState } from '../domain/state.ts';
import type { With } from './ports.ts';
import type { ReleaseScope } from './release-scope.ts';

/** What keeps a release where it is, as a person is told. */
export function toldLack(lack: Lack): string {
  switch (lack.kind) {
    case 'dataPoints':
      return `${lack.counted ?? 'no reading'} of ${lack.atLeast} ${lack.metric}`;
    case 'health':
      return `${lack.healthySeconds} of ${lack.atLeastSeconds} s of health without a change`;
    case 'noData':
      return lack.scope === 'path'
        ? toldSilentPath(lack)
        : `the alarms of ${lack.region}: ${lack.alarm} is ${lack.state}, and no data is not health`;
    case 'standardMetrics':
      return 'the standard metrics, which cannot be read';
    default:
      return lack satisfies never;
  }
}

export const toldSilentPath = ({ region, arn }: { readonly region: string; readonly arn: string }): string =>
  `the way by which the alarms of ${region} come home: nothing has come by ${arn} for five minutes`;

type Requested = NonNullable<ReleaseState['page']>;

function pageOf({ id, release }: ReleaseScope, { scope, since, lacks }: Requested): Page {
  const what = release.bake === null ? `cannot enter ${scope}` : `cannot end the bake of ${scope}`;
  return {
    id: `${id.id}-r${release.number}/${scope}/${since}`,
    title: `release ${release.number} of ${id.id} ${what}`,
    text: `Since ${since} it ${what}: ${lacks.map(toldLack).join('; ')}.`,
    pipeline: id.id,
    release: release.number,
  };
}

/**
 * Sends the page that the log asks for, and records that it is out. Whether nothing is left to send: what is not recorded goes out again at the next
 * look, as the same page. A pager that does not answer must not keep a release from being watched.
 */
export async function sendPage(ports: With<'notifier'>, scope: ReleaseScope): Promise<boolean> {
  const { page, returns, number } = scope.release;
  if (page === null || page.isSent) return true;
  try {
    await ports.notifier.page(pageOf(scope, page));
  } catch {
    return false;
  }
  const act = `${page.scope}/${returns}/page/${page.since}`;
  await scope.decide(act, { type: 'RecordPage', pipeline: scope.id.pipeline, release: number, scope: page.scope, since: page.since });
  return true;
}
