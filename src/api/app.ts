/** The read API as a Fastify application. Listening is left to the process (workers/). */
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { ApiDeps } from './deps.js';
import { clientErrorHandler, registerErrors, sendProblem } from './errors.js';
import { registerFriendlyAddresses } from './friendly.js';
import { registerHeaders, requestId } from './headers.js';
import { KEEP_ALIVE_MS, registerLimits } from './limits.js';
import { registerObservation } from './observe.js';
import { registerOpenApi } from './openapi.js';
import { eventRoutes } from './routes/events.js';
import { nftRoutes } from './routes/nfts.js';
import { operationRoutes } from './routes/operations.js';
import { stakingRoutes } from './routes/staking.js';
import { statusRoutes } from './routes/status.js';
import { streamRoutes } from './routes/stream.js';
import { transactionRoutes } from './routes/transactions.js';
import { walletRoutes } from './routes/wallets.js';

/** Adding a route file: one line here. */
const ROUTES = [
  transactionRoutes,
  nftRoutes,
  walletRoutes,
  stakingRoutes,
  statusRoutes,
  streamRoutes,
  eventRoutes,
  operationRoutes,
];

/** Milliseconds; longer than any wait for the database that `statementTimeout` allows. */
const HANDLER_TIMEOUT = 20_000;

/**
 * Makes the application with every route and what all of them share: errors as problem details, headers,
 * limits, observation, the OpenAPI document.
 */
export function createApp(deps: ApiDeps): FastifyInstance {
  const app = Fastify({
    loggerInstance: deps.log.child({ part: 'api' }) as FastifyBaseLogger,
    // observe.ts writes one line per request.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    requestTimeout: 10_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    handlerTimeout: HANDLER_TIMEOUT,
    bodyLimit: 1024,
    // As long as the address allows: the schema of the route refuses what is too long, and says why.
    routerOptions: { maxParamLength: 4096 },
    frameworkErrors: sendProblem,
    clientErrorHandler,
  });
  app.setValidatorCompiler(validatorCompiler);
  // Answers are not validated here: the handlers' types follow from the schemas and tests check every answer.
  // Running a page through its schema costs more than making the page.
  app.setSerializerCompiler(() => JSON.stringify);
  registerHeaders(app);
  registerLimits(app);
  registerErrors(app);
  registerObservation(app, deps.metrics);
  registerFriendlyAddresses(app);
  registerOpenApi(app, deps.version);
  for (const routes of ROUTES) app.register(async (scope) => routes(scope, deps));
  return app;
}
