import { Address } from '@ton/core';
import Fastify from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { friendlyForms } from '../events/ton-address.js';
import { registerFriendlyAddresses } from './friendly.js';
import { pageSchema } from './schemas/common.js';

const raw = `0:${'ab'.repeat(32)}`;
const friendly = Address.parse(raw).toString();

test('every TON address of an answer is shown in both forms, however deep it stands', () => {
  expect(
    friendlyForms({
      a: raw,
      b: [{ c: `-1:${'3'.repeat(64)}` }],
      d: 'BbNM5cbxbfdHK1sSXjTLUeSyLgwReyZ4Ngb5AM1j7oRb',
      e: 5,
      f: null,
    }),
  ).toEqual({
    [raw]: friendly,
    [`-1:${'3'.repeat(64)}`]: Address.parse(`-1:${'3'.repeat(64)}`).toString(),
  });
});

test('an answer has the field only when it names a TON address', async () => {
  const app = Fastify();
  app.setSerializerCompiler(serializerCompiler);
  registerFriendlyAddresses(app);
  const schema = { response: { 200: pageSchema(z.object({ owner: z.string() })) } };
  app.get('/ton', { schema }, async () => ({ items: [{ owner: raw }], nextCursor: null }));
  app.get('/solana', { schema }, async () => ({ items: [{ owner: 'x' }], nextCursor: null }));
  expect((await app.inject('/ton')).json()).toEqual({
    items: [{ owner: raw }],
    nextCursor: null,
    friendlyAddresses: { [raw]: friendly },
  });
  expect((await app.inject('/solana')).json()).toEqual({ items: [{ owner: 'x' }], nextCursor: null });
  await app.close();
});
