/** Loaded by node before the functions framework, which would listen on every address of the machine. */
import { Server } from 'node:net';

const { listen } = Server.prototype;
Server.prototype.listen = function (this: Server, port: unknown, ...rest: unknown[]) {
  const given = typeof port === 'object' && port !== null ? port : { port: Number(port) };
  return Reflect.apply(listen, this, [{ ...given, host: '127.0.0.1' }, ...rest]);
} as typeof listen;
