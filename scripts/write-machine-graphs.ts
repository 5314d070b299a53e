// Draws each state machine much as the console shows it: `node scripts/write-machine-graphs.ts` writes statemachines/graphs/<machine>.svg.
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { instance } from '@viz-js/viz';

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: { readonly FunctionName?: string; readonly StateMachineArn?: string };
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly ItemProcessor?: Machine;
}

interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const FILLS: Readonly<Record<string, string>> = {
  Task: '#ffffff',
  Choice: '#fdf3d8',
  Wait: '#e8f0fb',
  Map: '#f3ecfb',
  Pass: '#f2f2f2',
  Succeed: '#e3f4e4',
  Fail: '#fbe3e1',
};

const quoted = (text: string): string => JSON.stringify(text);

/** What a task calls, in the second line of its box. */
function calls({ Type, Resource = '', Arguments }: State): string {
  const { FunctionName, StateMachineArn } = Arguments ?? {};
  const [, machine] = /^\$\{(\w+)Machine\}$/.exec(StateMachineArn ?? '') ?? [];
  if (machine !== undefined) return `${Type}: machine ${machine.toLowerCase()}`;
  if (FunctionName === undefined) return Type;
  return `${Type}: ${FunctionName.replace(/[${}]/g, '')}${Resource.includes('waitForTaskToken') ? ', and waits for its token' : ''}`;
}

function nodesOf(machine: Machine, path: string): readonly string[] {
  return Object.entries(machine.States).flatMap(([name, state]) => {
    const id = `${path}${name}`;
    const label = `${name}\\n${calls(state)}`;
    const node = `${quoted(id)} [label=${quoted(label).replaceAll('\\\\n', '\\n')}, fillcolor=${quoted(FILLS[state.Type] ?? '#ffffff')}];`;
    if (state.ItemProcessor === undefined) return [node];
    const inner = `${id}/`;
    const each = [
      `subgraph ${quoted(`cluster ${id}`)} { label="each"; fontname="Helvetica"; fontsize=10; style="rounded,dashed"; color="#8a63c9"; fontcolor="#8a63c9";`,
      ...nodesOf(state.ItemProcessor, inner),
      ...edgesOf(state.ItemProcessor, inner),
      '}',
      `${quoted(id)} -> ${quoted(inner + state.ItemProcessor.StartAt)} [style=dashed, color="#8a63c9"];`,
    ];
    return [node, ...each];
  });
}

function edgesOf(machine: Machine, path: string): readonly string[] {
  const edge = (from: string, to: string, look = '') => `${quoted(path + from)} -> ${quoted(path + to)}${look};`;
  return Object.entries(machine.States).flatMap(([name, { Next, Choices = [], Default, Catch = [] }]) => {
    const ways = new Set([Next, ...Choices.map((c) => c.Next), Default].filter((n) => n !== undefined));
    const caught = Catch.map((c) => ({ to: c.Next, of: c.ErrorEquals.join(', ').replace('States.ALL', 'any error') })).filter(
      (c) => !ways.has(c.to),
    );
    return [
      ...[...ways].map((to) => edge(name, to)),
      ...caught.map(({ to, of }) => edge(name, to, ` [style=dashed, color="#b3453b", fontcolor="#b3453b", label=${quoted(of)}]`)),
    ];
  });
}

/** In Graphviz' language. */
function graphOf(name: string, machine: Machine): string {
  return [
    `digraph ${quoted(name)} { bgcolor=white; rankdir=TB; nodesep=0.35; ranksep=0.4; margin=0.2;`,
    'node [shape=box, style="rounded,filled", color="#56606b", fontname="Helvetica", fontsize=11, margin="0.15,0.08"];',
    'edge [color="#56606b", fontname="Helvetica", fontsize=9, arrowsize=0.7];',
    `"Start" [shape=circle, label="Start", fillcolor="#fdf3d8"]; "Start" -> ${quoted(machine.StartAt)};`,
    ...nodesOf(machine, ''),
    ...edgesOf(machine, ''),
    '}',
  ].join('\n');
}

export const machineFiles = (): readonly string[] => globSync('statemachines/*.asl.json').toSorted();

const nameOf = (file: string): string => basename(file, '.asl.json');

export const pictureOf = (file: string): string => `statemachines/graphs/${nameOf(file)}.svg`;

export async function draw(file: string): Promise<string> {
  const viz = await instance();
  return viz.renderString(graphOf(nameOf(file), JSON.parse(readFileSync(file, 'utf8'))), { format: 'svg' });
}

if (import.meta.main) {
  mkdirSync('statemachines/graphs', { recursive: true });
  for (const file of machineFiles()) writeFileSync(pictureOf(file), await draw(file));
}
