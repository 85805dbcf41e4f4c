// Asks the process of this container how it is, for HEALTHCHECK: node scripts/healthcheck.mjs /health|/ready
const port = process.env.NDX_HEALTH_PORT || process.env.PORT || '4000';
const path = process.argv[2] ?? '/health';
try {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(4_000) });
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
