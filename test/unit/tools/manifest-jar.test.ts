import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { manifestFor, writeManifestJar } from '../../../tools/emulators/manifest-jar.ts';
import { useTempDir } from './temp-dir.ts';

describe('the jar around the Cloud CLI emulator', () => {
  const dir = useTempDir();
  const jar = `/a folder/${'deep/'.repeat(40)}cloud-firestore-emulator.jar`;

  it('holds no line above 72 bytes and ends with a line end', () => {
    const manifest = manifestFor(jar);
    for (const line of manifest.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 72, line);
    assert.ok(manifest.endsWith('\r\n\r\n'));
  });

  it('unfolds to the main class and a class path as a URL', () => {
    const lines = manifestFor(jar).replaceAll('\r\n ', '').split('\r\n');
    assert.ok(lines.includes('Main-Class: com.google.cloud.datastore.emulator.firestore.CloudFirestore'));
    assert.ok(lines.includes(`Class-Path: file://${jar.replace(' ', '%20')}`));
  });

  it('is a zip whose one entry is the manifest', () => {
    writeManifestJar(jar, dir.at('cache/wrapper.jar'));
    const zip = readFileSync(dir.at('cache/wrapper.jar'));
    const name = 'META-INF/MANIFEST.MF';
    const end = zip.indexOf('PK\x05\x06', 0, 'latin1');
    const directory = zip.readUInt32LE(end + 16);
    assert.equal(zip.readUInt16LE(end + 10), 1);
    assert.equal(zip.toString('latin1', directory, directory + 4), 'PK\x01\x02');
    assert.equal(directory + zip.readUInt32LE(end + 12), end);
    const local = zip.readUInt32LE(directory + 42);
    assert.equal(zip.toString('latin1', local + 30, local + 30 + name.length), name);
    const content = zip.subarray(local + 30 + name.length, directory);
    assert.equal(content.toString(), manifestFor(jar));
    assert.equal(zip.readUInt32LE(directory + 16), crc32(content));
  });
});
