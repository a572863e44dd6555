/** `@firememory/client`: the typed client of Firememory on the Firebase client SDKs. */
export type * from '../../functions/src/contract/types.ts';
export type { HealthOperations, SpaceOperations, TenantOperations } from './administration.ts';
export type { AgentDataOperations } from './agent-data.ts';
export type { RequestOptions } from './call.ts';
export type { EnqueueOperations, EnqueueOptions, QueuedCommand } from './enqueue.ts';
export { FirememoryError, type FirememoryErrorCode, type Issue } from './errors.ts';
export { createFirememory, type Firememory, type FirememoryConfig } from './firememory.ts';
export type { LiveOptions, OnError, OnMemories } from './live.ts';
export type { MemoryOperations } from './memory.ts';
export type { SessionOperations } from './session.ts';
