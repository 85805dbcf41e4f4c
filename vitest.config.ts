import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Tests of whole processes take a minute and more: begun last, one of them would run alone at the end. Their
 * devnets make blocks by the clock, so that processes which do not keep up have ever more to do: three of them
 * at once on two cores take many times as long. So the longest is begun first, and others stand between them.
 */
const WHOLE_PROCESSES = ['test/e2e/daemon', 'test/e2e/', 'test/faults/'];
const THEN = ['test/integration/', 'test/contract/'];
const BETWEEN = 8;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankIn = (folders: readonly string[], { moduleId }: TestSpecification): number => {
      const at = folders.findIndex((folder) => relative(import.meta.dirname, moduleId).startsWith(folder));
      return at < 0 ? folders.length : at;
    };
    const by = (folders: readonly string[]) => (a: TestSpecification, b: TestSpecification) =>
      rankIn(folders, a) - rankIn(folders, b);
    const isWhole = (file: TestSpecification) => rankIn(WHOLE_PROCESSES, file) < WHOLE_PROCESSES.length;
    const sorted = await super.sort(files);
    const whole = sorted.filter(isWhole).toSorted(by(WHOLE_PROCESSES));
    const others = sorted.filter((file) => !isWhole(file)).toSorted(by(THEN));
    const spread = whole.flatMap((file, at) => [file, ...others.slice(at * BETWEEN, (at + 1) * BETWEEN)]);
    return [...spread, ...others.slice(whole.length * BETWEEN)];
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
