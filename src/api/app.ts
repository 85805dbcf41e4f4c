/** The read API as a Fastify application; listening is the process's business (workers/). */
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { ApiDeps } from './deps.js';
import { clientErrorHandler, registerErrors, sendProblem } from './errors.js';
import { registerFriendlyAddresses } from './friendly.js';
import { registerHeaders, requestId } from './headers.js';
import { KEEP_ALIVE_MS, registerLimits } from './limits.js';
import { registerObservation } from './observe.js';
import { registerOpenApi } from './openapi.js';
import { nftRoutes } from './routes/nfts.js';
import { operationRoutes } from './routes/operations.js';
import { stakingRoutes } from './routes/staking.js';
import { statusRoutes } from './routes/status.js';
import { transactionRoutes } from './routes/transactions.js';
import { walletRoutes } from './routes/wallets.js';

/** Adding a route file: one line here. */
const ROUTES = [transactionRoutes, nftRoutes, walletRoutes, stakingRoutes, statusRoutes, operationRoutes];

/** Longer than any wait for the database that `statementTimeout` allows. */
const HANDLER_TIMEOUT = 20_000;

/**
 * Every route, with what all of them share: errors as problem details, headers, observation, the OpenAPI
 * document.
 */
export function createApp(deps: ApiDeps): FastifyInstance {
  const app = Fastify({
    loggerInstance: deps.log.child({ part: 'api' }) as FastifyBaseLogger,
    // One line a request, by observe.ts.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    requestTimeout: 10_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    handlerTimeout: HANDLER_TIMEOUT,
    bodyLimit: 1024,
    // Whatever fits in the address: what is too long for its meaning is refused by the route's schema, with
    // the reason.
    routerOptions: { maxParamLength: 4096 },
    frameworkErrors: sendProblem,
    clientErrorHandler,
  });
  app.setValidatorCompiler(validatorCompiler);
  // Handlers' types are the schemas' and the tests hold every answer to them: reading a page through its
  // schema costs more than making it.
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
