/** The plain types of the raw records of agents. */
import type { Json, Keyed, Scope } from './memory-types.ts';

/** A raw record of an agent: opaque content of a type, which may expire. It is never searched. */
export interface AgentRecord {
  id: string;
  tenant: string;
  space: string;
  /** The agent that the record is of. */
  agentId: string;
  /** What the content is, in the agent's own words: `[A-Za-z][A-Za-z0-9._:-]{0,63}`. */
  type: string;
  /** Any JSON of at most 256 KiB and 20 levels. */
  content: Json;
  /** At most 8 KiB and 3 levels. */
  metadata: { [key: string]: Json };
  createdAt: string;
  /** From then on the record is absent from every read; `null` means never. */
  expiresAt: string | null;
  /** The uid of the member who added it. */
  createdBy: string;
}
/** What a caller says of a record. `expiresAt` and `ttlSeconds` exclude each other. */
export interface AgentRecordInput {
  agentId: string;
  type: string;
  content: Json;
  metadata?: { readonly [key: string]: Json };
  /** `null` says never, whatever the tenant's default is. */
  expiresAt?: string | null;
  ttlSeconds?: number;
}

export interface AgentDataAddRequest extends Scope, Keyed, AgentRecordInput {}
export interface AgentDataAddResponse {
  id: string;
  replayed?: true;
}

export interface AgentDataGetRequest extends Scope {
  id: string;
}
export interface AgentDataGetResponse {
  record: AgentRecord;
}

export interface AgentDataListRequest extends Scope {
  /** Only records of this agent. */
  agentId?: string;
  /** Only records of this type. */
  type?: string;
  /** 1 … 100, 20 by default. */
  limit?: number;
  cursor?: string;
}
export interface AgentDataListResponse {
  /** Newest first. */
  records: AgentRecord[];
  /** `null` on the last page. A page may be short, even empty, while there is a cursor. */
  nextCursor: string | null;
}

export interface AgentDataDeleteRequest extends Scope, Keyed {
  id: string;
}
export interface AgentDataDeleteResponse {
  id: string;
  replayed?: true;
}
