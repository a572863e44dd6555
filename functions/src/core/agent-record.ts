/** What a record of an agent is. Pure: the time, the id and the actor are passed in. */
import type { AgentRecord, AgentRecordInput } from '../contract/types.ts';
import { type Birth, expiry, toIso } from './memory.ts';

/** Makes a record out of what a caller said of it. */
export function createRecord(input: AgentRecordInput, birth: Omit<Birth, 'version' | 'place'>): AgentRecord {
  return {
    id: birth.id,
    tenant: birth.tenant,
    space: birth.space,
    agentId: input.agentId,
    type: input.type,
    content: input.content,
    metadata: { ...input.metadata },
    createdAt: toIso(birth.now),
    expiresAt: expiry(input, birth.now) ?? null,
    createdBy: birth.actor,
  };
}
