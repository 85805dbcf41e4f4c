/** What the sequencer of a worker tells Prometheus. */
import type { SequencerDeps } from '../../feed/sequencer.js';
import type { Metrics } from '../../runtime/metrics.js';

export function feedMetrics(metrics: Metrics): Required<Pick<SequencerDeps, 'onStep' | 'onLag'>> {
  return {
    onStep: ({ last, numbered }) => {
      metrics.feedLast.set(last);
      if (numbered > 0) metrics.feedNumbered.inc(numbered);
    },
    onLag: ({ seconds, blocker }) => {
      metrics.feedOldest.set(seconds);
      metrics.feedBlocker.reset();
      if (blocker === null) return;
      const { pid, role, application } = blocker;
      metrics.feedBlocker.set({ pid: pid ?? '', role, application }, blocker.seconds);
    },
  };
}
