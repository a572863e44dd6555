import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { findFirestoreEmulator } from '../../../tools/emulators/find-firestore-emulator.ts';
import type { Machine } from '../../../tools/emulators/machine.ts';
import { missingMessage } from '../../../tools/emulators/requirements.ts';
import { useTempDir } from './temp-dir.ts';

const IN_SDK = 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar';

describe('finding a Firestore emulator', () => {
  const dir = useTempDir();
  const find = (env: Machine['env'] = {}) =>
    findFirestoreEmulator({ root: dir.at('root'), home: dir.at('home'), platform: 'linux', env });

  it('takes the one that the user names, before any other', () => {
    dir.put('home/.cache/firebase/emulators/cloud-firestore-emulator-v1.19.8.jar');
    assert.deepEqual(find({ FIRESTORE_EMULATOR_BINARY_PATH: '/some.jar' }), {
      kind: 'given',
      jar: '/some.jar',
    });
  });

  it('takes the newest that firebase-tools downloaded, before the Cloud CLI', () => {
    dir.put('home/.cache/firebase/emulators/cloud-firestore-emulator-v1.9.9.jar');
    const jar = dir.put('home/.cache/firebase/emulators/cloud-firestore-emulator-v1.19.8.jar');
    dir.put('home/.cache/firebase/emulators/cloud-storage-rules-runtime-v1.30.1.jar');
    dir.put(`root/usr/lib/google-cloud-sdk/${IN_SDK}`);
    assert.deepEqual(find(), { kind: 'cached', jar });
  });

  it('looks for downloads where FIREBASE_EMULATORS_PATH says', () => {
    const jar = dir.put('elsewhere/cloud-firestore-emulator-v1.19.8.jar');
    assert.deepEqual(find({ FIREBASE_EMULATORS_PATH: dir.at('elsewhere') }), { kind: 'cached', jar });
  });

  it('finds the Cloud CLI by its variable, by gcloud on PATH, and in the usual places', () => {
    const usual = dir.put(`root/usr/lib/google-cloud-sdk/${IN_SDK}`);
    assert.deepEqual(find(), { kind: 'cloud-cli', jar: usual });
    const onPath = dir.put(`sdk/${IN_SDK}`);
    dir.put('sdk/bin/gcloud', '', true);
    mkdirSync(dir.at('bin'));
    symlinkSync(dir.at('sdk/bin/gcloud'), dir.at('bin/gcloud'));
    assert.deepEqual(find({ PATH: dir.at('bin') }), { kind: 'cloud-cli', jar: onPath });
    const named = dir.put(`named/${IN_SDK}`);
    assert.deepEqual(find({ PATH: dir.at('bin'), CLOUDSDK_ROOT_DIR: dir.at('named') })?.jar, named);
  });

  it('finds none in a Cloud CLI without the component', () => {
    dir.put('root/usr/lib/google-cloud-sdk/bin/gcloud');
    assert.equal(find(), undefined);
  });
});

describe('the message about what is missing', () => {
  const java = { java: { home: '/jdk', major: 21 }, tooOld: [] };

  it('names both and the commands that mend them, in one', () => {
    const message = missingMessage(
      { tooOld: [{ home: '/jdk-17', major: 17 }] },
      undefined,
      '/cache',
      'no network',
    );
    assert.match(
      message ?? '',
      /JDK, version 21 or later \(found: 17 in \/jdk-17\)[\s\S]*apt-get install openjdk/,
    );
    assert.match(
      message ?? '',
      /Firestore emulator: neither in \/cache[\s\S]*setup:emulators:firestore[\s\S]*no network/,
    );
  });

  it('says when the named emulator is not there', () => {
    const message = missingMessage(java, { kind: 'given', jar: '/not/there.jar' }, '/cache');
    assert.match(
      message ?? '',
      /FIRESTORE_EMULATOR_BINARY_PATH names \/not\/there\.jar, which is not there$/,
    );
    assert.doesNotMatch(message ?? '', /JDK/);
  });

  it('is none when nothing is missing', () => {
    assert.equal(missingMessage(java, { kind: 'cached', jar: '/a.jar' }, '/cache'), undefined);
  });
});
