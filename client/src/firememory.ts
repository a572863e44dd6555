/** The entry of the client: binds the operations to a project, a tenant and whoever is signed in. */
import type { Firestore } from 'firebase/firestore';
import type { Functions } from 'firebase/functions';
import {
  type HealthOperations,
  type JobOperations,
  jobOperations,
  type SpaceOperations,
  spaceOperations,
  systemOperations,
  type TenantOperations,
  tenantOperations,
} from './administration.ts';
import { type AgentDataOperations, agentDataOperations } from './agent-data.ts';
import { createCall } from './call.ts';
import { type EnqueueOperations, enqueueOperations } from './enqueue.ts';
import { liveReads, type OnMemories } from './live.ts';
import { type MemoryOperations, memoryOperations } from './memory.ts';
import { type SessionOperations, sessionOperations } from './session.ts';
import { checkedId } from './wire.ts';

/** What the client works with. Both instances are of one app, whose signed-in user makes the calls. */
export interface FirememoryConfig {
  /** Of the region that the functions are deployed to, `us-central1` unless you chose another. */
  readonly functions: Functions;
  /** For live reads and queued changes. */
  readonly firestore: Firestore;
  /** The tenant that every call concerns. There is no default. */
  readonly tenant: string;
}

/** The client of one tenant. */
export interface Firememory {
  readonly memory: MemoryOperations;
  readonly session: SessionOperations;
  readonly agentData: AgentDataOperations;
  readonly space: SpaceOperations;
  readonly tenant: TenantOperations;
  readonly job: JobOperations;
  readonly system: HealthOperations;
  readonly enqueue: EnqueueOperations;
  readonly onMemories: OnMemories;
}

/** Makes a client. Sends nothing. Throws a `FirememoryError` (`invalid-argument`) if the tenant is no id. */
export function createFirememory({ functions, firestore, tenant }: FirememoryConfig): Firememory {
  checkedId('createFirememory', 'tenant', tenant);
  const call = createCall(functions);
  return {
    memory: memoryOperations(call, tenant),
    session: sessionOperations(call, tenant),
    agentData: agentDataOperations(call, tenant),
    space: spaceOperations(call, tenant),
    tenant: tenantOperations(call, tenant),
    job: jobOperations(call, tenant),
    system: systemOperations(call),
    enqueue: enqueueOperations(firestore, tenant),
    onMemories: liveReads(firestore, tenant),
  };
}
