/** Runs one of workers/ in this process. They stand outside of src/, so they are found by their place beside it. */
import { EXIT } from '../runtime/errors.js';

interface WorkerModule<C, O> {
  run(context: C, options: O): Promise<void>;
}

/** Resolves when the process was asked to end and has ended cleanly. */
export async function runWorker<C, O>(
  name: 'listener' | 'reconciler' | 'api',
  context: C,
  options: O,
): Promise<void> {
  const module = (await import(new URL(`../../workers/${name}.js`, import.meta.url).href)) as WorkerModule<
    C,
    O
  >;
  await module.run(context, options);
  process.exitCode = EXIT.ok;
}
