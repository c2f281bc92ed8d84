import { readFile } from 'node:fs/promises';
import { createSecureContext, type Server } from 'node:tls';
import type { FastifyBaseLogger } from 'fastify';
import { SutureError } from '../core/errors/error.ts';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Certificates are renewed every few weeks; a minute is soon enough. */
const LOOK_MS = 60_000;

/** Contents of the files, proven to belong together. @throws SutureError FILE_UNREADABLE, CONFIGURATION */
export async function readTls({ cert, key }: TlsFiles): Promise<TlsFiles> {
  const read = (path: string) =>
    readFile(path, 'utf8').catch((cause: unknown) => {
      throw new SutureError('FILE_UNREADABLE', `cannot read ${path}`, { cause });
    });
  const files = { cert: await read(cert), key: await read(key) };
  try {
    createSecureContext(files);
  } catch (cause) {
    throw new SutureError('CONFIGURATION', `${cert} and ${key} are no certificate and its key`, { cause });
  }
  return files;
}

/** Takes renewed files without a restart; what cannot be used is passed over. @returns ends it */
export function followTls(
  server: Pick<Server, 'setSecureContext'>,
  files: TlsFiles,
  log: Pick<FastifyBaseLogger, 'info' | 'error'>,
  everyMs = LOOK_MS,
): () => void {
  let known: string | undefined;
  const look = async (): Promise<void> => {
    try {
      const contents = await readTls(files);
      if (known !== undefined && contents.cert !== known) {
        server.setSecureContext(contents);
        log.info('the renewed certificate is in use');
      }
      known = contents.cert;
    } catch (error) {
      log.error({ err: error }, 'the certificate cannot be renewed; the one before stays in use');
    }
  };
  void look();
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
