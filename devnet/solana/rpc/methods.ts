/** Every HTTP method of a node. */
import { accountMethods } from './account-methods.js';
import { blockMethods } from './block-methods.js';
import { clusterMethods } from './cluster-methods.js';
import { historyMethods } from './history-methods.js';
import type { RpcMethods } from './json-rpc.js';
import type { RpcNode } from './node.js';
import { submitMethods } from './submit-methods.js';

export function createRpcMethods(node: RpcNode): RpcMethods {
  return {
    ...clusterMethods(node),
    ...blockMethods(node),
    ...historyMethods(node),
    ...accountMethods(node),
    ...submitMethods(node),
  };
}
