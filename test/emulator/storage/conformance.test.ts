import { TenantDirectory } from '../../../functions/src/storage/tenant-directory.ts';
import { describeMemoryManager } from '../../support/conformance.ts';
import { callBy, openManager, SILENT, testDatabase } from '../../support/storage.ts';

describeMemoryManager(
  'FirestoreMemoryManager',
  (tenantId) => openManager(tenantId).manager,
  async (tenantId, members) => {
    const directory = new TenantDirectory(testDatabase(), tenantId, SILENT);
    await directory.create({}, callBy('owen'));
    for (const [uid, role] of Object.entries(members)) {
      await directory.setMember({ uid, role }, callBy('owen'));
    }
  },
);
