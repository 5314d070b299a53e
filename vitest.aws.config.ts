import { defineConfig } from 'vitest/config';

/** Real AWS clients against an emulator: `npm run test:aws`. */
export default defineConfig({
  test: {
    include: ['test/aws/**/*.aws.test.ts'],
    globalSetup: 'test/aws/global-setup.ts',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
