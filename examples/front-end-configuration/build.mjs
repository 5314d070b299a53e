import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const configuration = JSON.parse(readFileSync(new URL('carriers.json', import.meta.url), 'utf8'));

assert.ok(configuration.carriers.length > 0, 'there is no carrier');
for (const { name, from, until } of configuration.carriers) {
  assert.equal(typeof name, 'string', `a carrier's name is ${JSON.stringify(name)}`);
  for (const hour of [from, until]) assert.ok(Number.isInteger(hour) && hour >= 0 && hour <= 24, `${name}: ${hour} is no hour of the day`);
  assert.ok(from < until, `${name}: it begins at ${from} and ends at ${until}`);
}

mkdirSync(new URL('dist/', import.meta.url), { recursive: true });
writeFileSync(new URL('dist/configuration.json', import.meta.url), JSON.stringify(configuration));
