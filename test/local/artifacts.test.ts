import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ArtifactChanged, InvalidInput } from '../../domain/errors.ts';
import { pack, sha256, unpack } from '../../local/archive.ts';
import { Artifacts } from '../../local/artifacts.ts';

const bundle = new TextEncoder().encode('export const handler = async () => ({ statusCode: 200 });\n');

describe('the archive of a bundle', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  it('has the same bytes at another time and in another time zone', () => {
    vi.stubEnv('TZ', 'UTC');
    const first = sha256(pack(bundle));
    vi.useFakeTimers({ now: Date.parse('2031-07-01T12:34:56Z') });
    vi.stubEnv('TZ', 'Pacific/Auckland');
    expect(sha256(pack(bundle))).toBe(first);
  });

  it('gives back the bundle that was packed', () => {
    expect(new TextDecoder().decode(unpack(pack(bundle)))).toBe(new TextDecoder().decode(bundle));
  });

  it('is refused when it holds no bundle', () => {
    expect(() => unpack(zipSync({ 'other.txt': bundle }))).toThrow(InvalidInput);
  });
});

describe('the store of artifacts', () => {
  let folder: string;
  let artifacts: Artifacts;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
    artifacts = new Artifacts(join(folder, 'store'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('stores an archive once, under its checksum', async () => {
    const archive = pack(bundle);
    const stored = await artifacts.put(archive);
    expect(await artifacts.put(archive)).toEqual(stored);
    expect(stored).toEqual({ checksum: sha256(archive), bytes: archive.byteLength });
    expect(sha256(await artifacts.read(stored.checksum))).toBe(stored.checksum);
    expect(await readdir(join(folder, 'store'))).toEqual([`${stored.checksum}.zip`]);
  });

  it('refuses an archive that changed after its build', async () => {
    const { checksum } = await artifacts.put(pack(bundle));
    await appendFile(artifacts.path(checksum), 'x');
    await expect(artifacts.read(checksum)).rejects.toThrow(ArtifactChanged);
  });

  it('refuses an archive that is gone', async () => {
    const { checksum } = await artifacts.put(pack(bundle));
    await rm(artifacts.path(checksum));
    await expect(artifacts.read(checksum)).rejects.toThrow(/now has no file/);
  });
});
