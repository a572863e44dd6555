import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { findJava, parseJavaMajor } from '../../../tools/emulators/find-java.ts';
import type { Machine } from '../../../tools/emulators/machine.ts';
import { useTempDir } from './temp-dir.ts';

describe('finding a JDK', () => {
  const dir = useTempDir();
  const machine = (env: Machine['env'] = {}, platform: NodeJS.Platform = 'linux'): Machine => ({
    root: dir.at('root'),
    home: dir.at('home'),
    platform,
    env,
  });
  const putJdk = (home: string, version: string) => {
    dir.put(`${home}/bin/java`, '', true);
    dir.put(`${home}/release`, `IMPLEMENTOR="Any"\nJAVA_VERSION="${version}"\n`);
    return dir.at(home);
  };

  it('takes JAVA_HOME before anything newer elsewhere', () => {
    const home = putJdk('mine', '21.0.4');
    putJdk('root/usr/lib/jvm/newer', '25.0.1');
    assert.deepEqual(findJava(machine({ JAVA_HOME: home })).java, { home, major: 21 });
  });

  it('takes the java on PATH, through its links, before the usual places', () => {
    const home = putJdk('opt/jdk', '22');
    dir.put('bin/other');
    symlinkSync(`${home}/bin/java`, dir.at('bin/java'));
    putJdk('root/usr/lib/jvm/newer', '25.0.1');
    assert.deepEqual(findJava(machine({ PATH: dir.at('bin') })).java, { home, major: 22 });
  });

  it('passes by what is too old and takes the newest of the usual places', () => {
    const old = putJdk('old', '17.0.15');
    putJdk('root/usr/lib/jvm/a', '21.0.1');
    const newest = putJdk('home/.sdkman/candidates/java/25-tem', '25.0.3');
    const found = findJava(machine({ JAVA_HOME: old }));
    assert.deepEqual(found.java, { home: newest, major: 25 });
    assert.deepEqual(found.tooOld, [{ home: old, major: 17 }]);
  });

  it('knows where macOS keeps its JDKs', () => {
    const home = putJdk('root/Library/Java/JavaVirtualMachines/temurin-21.jdk/Contents/Home', '21.0.2');
    assert.deepEqual(findJava(machine({}, 'darwin')).java, { home, major: 21 });
  });

  it('asks java itself where there is no release file', () => {
    dir.put('jdk/bin/java', '#!/bin/sh\necho \'openjdk version "23.0.1" 2024-10-15\' >&2\n', true);
    assert.deepEqual(findJava(machine({ JAVA_HOME: dir.at('jdk') })).java, {
      home: dir.at('jdk'),
      major: 23,
    });
  });

  it('finds none on a machine without Java, and none in a JAVA_HOME that is wrong', () => {
    assert.deepEqual(findJava(machine({ JAVA_HOME: dir.at('nowhere') })), { tooOld: [] });
  });

  it('reads old and new version texts', () => {
    assert.equal(parseJavaMajor('JAVA_VERSION="1.8.0_402"'), 8);
    assert.equal(parseJavaMajor('openjdk version "21" 2023-09-19'), 21);
    assert.equal(parseJavaMajor('no version'), undefined);
  });
});
