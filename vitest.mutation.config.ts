import { defineConfig } from 'vitest/config';

/** The tests that mutation testing runs: those that decide on `domain/` alone, and fast. */
export default defineConfig({
  test: {
    include: ['test/domain/**/*.test.ts'],
    exclude: ['test/domain/anomaly.simulation.test.ts', 'test/domain/forecast.property.test.ts', 'test/domain/backtest.property.test.ts'],
    isolate: false,
    testTimeout: 120_000,
  },
});
