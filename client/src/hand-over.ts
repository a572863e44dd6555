/** The moment at which Firestore takes a command in, or has done so before. */
import { type DocumentReference, getDocFromServer, setDoc } from 'firebase/firestore';
import type { CommandOp } from '../../functions/src/contract/types.ts';
import { writeError } from './errors.ts';

/**
 * Hands a command to Firestore. One whose acknowledgement was lost is sent again, and is refused then because
 * it is there already: that is no failure. Rejects with a `FirememoryError` for any other refusal.
 */
export async function handOver(op: CommandOp, command: DocumentReference, data: object): Promise<void> {
  try {
    await setDoc(command, { ...data });
  } catch (error) {
    const isThere = await getDocFromServer(command).then(
      (document) => document.exists(),
      () => false,
    );
    if (!isThere) throw writeError(op, error);
  }
}
