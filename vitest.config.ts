import { defineConfig } from 'vitest/config';

/** Start the whole program, or many processes of it, and take minutes. The longest stands first. */
const WHOLE_PROCESSES = [
  'test/e2e/daemon.test.ts',
  'test/faults/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/contract/recipes.test.ts',
  'test/integration/{watchdogs,ready,answers-memory,up,cli}.test.ts',
];
const SERVERS = 'test/servers/**';
const NEVER = ['**/node_modules/**', SERVERS];

interface Files {
  readonly include: string[];
  readonly exclude: string[];
  readonly maxWorkers: number;
}

/** @param group files of one number run side by side, those of the next number after them */
function project(name: string, group: number, files: Files) {
  return { extends: true as const, test: { name, ...files, sequence: { groupOrder: group } } };
}

export default defineConfig({
  test: {
    provide: { servers: false },
    // Only ends what hangs: tests wait for progress (test/support/eventually.ts), and how long they take is the
    // machine's affair.
    testTimeout: 1_200_000,
    hookTimeout: 1_200_000,
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    projects: [
      // Their devnets make blocks by the clock: processes that do not keep up have ever more to do, and three
      // whole programs on two cores do not keep up.
      project('processes', 0, { include: WHOLE_PROCESSES, exclude: NEVER, maxWorkers: 2 }),
      // More than CI has cores: many wait for much of their time.
      project('integration', 1, {
        include: ['test/integration/**/*.test.ts'],
        exclude: [...NEVER, ...WHOLE_PROCESSES],
        maxWorkers: 4,
      }),
      // What holds on every version of Node: `scripts/on-node.mjs`.
      project('unit', 1, {
        include: ['{src,config,workers,devnet,bench}/**/*.test.ts', 'test/contract/**/*.test.ts'],
        exclude: [...NEVER, ...WHOLE_PROCESSES],
        maxWorkers: 4,
      }),
    ],
  },
});
