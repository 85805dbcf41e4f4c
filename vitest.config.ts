import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests of whole processes take a minute and more: begun last, one of them would run alone at the end. */
const LONGEST_FIRST = ['test/e2e/', 'test/faults/', 'test/integration/'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST_FIRST.findIndex((folder) =>
        relative(import.meta.dirname, moduleId).startsWith(folder),
      );
      return at < 0 ? LONGEST_FIRST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['{src,config,workers,devnet,test,bench}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/servers/**'],
    provide: { servers: false },
    // Only ends what hangs: tests wait for progress (test/support/eventually.ts), and how long they take is the
    // machine's affair.
    testTimeout: 1_200_000,
    hookTimeout: 1_200_000,
    globalSetup: ['test/support/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    // One more than CI has cores: tests of whole processes wait for much of their time.
    maxWorkers: 3,
  },
});
