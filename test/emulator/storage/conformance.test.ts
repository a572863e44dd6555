import { describeMemoryManager } from '../../support/conformance.ts';
import { openManager } from '../../support/storage.ts';

describeMemoryManager('FirestoreMemoryManager', (tenantId) => openManager(tenantId).manager);
