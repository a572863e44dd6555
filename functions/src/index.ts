/**
 * Registration of every function, and nothing else: an operation's code is loaded with its first call, so
 * that a cold start of one pays for none of the others. The names of the groups are those on the wire.
 */
import { callable } from './api/binding.ts';
import { reviveJobs } from './jobs/revive-jobs.ts';
import { runJob } from './jobs/run-job.ts';
import { deliverCommands } from './triggers/deliver-commands.ts';
import { onCommandCreated } from './triggers/on-command-created.ts';
import { onMemoryWritten } from './triggers/on-memory-written.ts';
import { sweepExpired } from './triggers/sweep-expired.ts';
import { verifySample } from './triggers/verify-sample.ts';

export const memory = {
  add: callable('memory-add', async () => (await import('./api/memory-add.ts')).memoryAdd),
  get: callable('memory-get', async () => (await import('./api/memory-get.ts')).memoryGet),
  list: callable('memory-list', async () => (await import('./api/memory-list.ts')).memoryList),
  search: callable('memory-search', async () => (await import('./api/memory-search.ts')).memorySearch),
  update: callable('memory-update', async () => (await import('./api/memory-update.ts')).memoryUpdate),
  delete: callable('memory-delete', async () => (await import('./api/memory-delete.ts')).memoryDelete),
  purge: callable('memory-purge', async () => (await import('./api/memory-purge.ts')).memoryPurge),
  batch: callable('memory-batch', async () => (await import('./api/memory-batch.ts')).memoryBatch),
  history: callable('memory-history', async () => (await import('./api/memory-history.ts')).memoryHistory),
  restore: callable('memory-restore', async () => (await import('./api/memory-restore.ts')).memoryRestore),
};

export const session = {
  append: callable('session-append', async () => (await import('./api/session-append.ts')).sessionAppend),
  history: callable('session-history', async () => (await import('./api/session-history.ts')).sessionHistory),
  list: callable('session-list', async () => (await import('./api/session-list.ts')).sessionList),
  context: callable('session-context', async () => (await import('./api/session-context.ts')).sessionContext),
  delete: callable('session-delete', async () => (await import('./api/session-delete.ts')).sessionDelete),
};

export const agentData = {
  add: callable('agentData-add', async () => (await import('./api/agent-data-add.ts')).agentDataAdd),
  get: callable('agentData-get', async () => (await import('./api/agent-data-get.ts')).agentDataGet),
  list: callable('agentData-list', async () => (await import('./api/agent-data-list.ts')).agentDataList),
  delete: callable(
    'agentData-delete',
    async () => (await import('./api/agent-data-delete.ts')).agentDataDelete,
  ),
};

export const space = {
  create: callable('space-create', async () => (await import('./api/space-create.ts')).spaceCreate),
  grant: callable('space-grant', async () => (await import('./api/space-grant.ts')).spaceGrant),
  revoke: callable('space-revoke', async () => (await import('./api/space-revoke.ts')).spaceRevoke),
  list: callable('space-list', async () => (await import('./api/space-list.ts')).spaceList),
  stats: callable('space-stats', async () => (await import('./api/space-stats.ts')).spaceStats),
  delete: callable('space-delete', async () => (await import('./api/space-delete.ts')).spaceDelete),
};

export const job = {
  start: callable('job-start', async () => (await import('./api/job-start.ts')).jobStart),
  get: callable('job-get', async () => (await import('./api/job-get.ts')).jobGet),
  cancel: callable('job-cancel', async () => (await import('./api/job-cancel.ts')).jobCancel),
  run: runJob,
  revive: reviveJobs,
};

export const tenant = {
  create: callable('tenant-create', async () => (await import('./api/tenant-create.ts')).tenantCreate),
  members: callable('tenant-members', async () => (await import('./api/tenant-members.ts')).tenantMembers),
  setMember: callable(
    'tenant-setMember',
    async () => (await import('./api/tenant-set-member.ts')).tenantSetMember,
  ),
  removeMember: callable(
    'tenant-removeMember',
    async () => (await import('./api/tenant-remove-member.ts')).tenantRemoveMember,
  ),
  settings: callable(
    'tenant-settings',
    async () => (await import('./api/tenant-settings.ts')).tenantSettings,
  ),
  usage: callable('tenant-usage', async () => (await import('./api/tenant-usage.ts')).tenantUsage),
};

export const system = {
  health: callable('system-health', async () => (await import('./api/system-health.ts')).systemHealth),
};

export const trigger = { onCommandCreated, onMemoryWritten };

export const schedule = { deliverCommands, sweepExpired, verifySample };
