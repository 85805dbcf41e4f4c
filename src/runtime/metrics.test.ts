import { describe, expect, test } from 'vitest';
import { createMetrics } from './metrics.js';

describe('metrics', () => {
  test('each process has its own registry, and all names carry the prefix', async () => {
    const first = createMetrics();
    const second = createMetrics({ process: false });
    first.events.inc({ chain: 'solana', kind: 'sale', outcome: 'ok' }, 3);
    expect(await first.registry.metrics()).toContain(
      'ndx_events_total{chain="solana",kind="sale",outcome="ok"} 3',
    );
    expect(await second.registry.metrics()).not.toContain('kind="sale"');
    for (const { name } of await first.registry.getMetricsAsJSON()) expect(name).toMatch(/^ndx_/);
  });
});
