import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/**/*.aws.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
