import type { ByteString } from '../../../core/bytes.ts';
import { NotNative } from '../not-native.ts';

/** `standard`: an open descriptor of the process under a name. `absent`: no such file in the container. */
export type DevicePath =
  | { readonly kind: 'null' }
  | { readonly kind: 'standard'; readonly descriptor: number }
  | { readonly kind: 'absent' };

/**
 * Paths that a container engine mounts and that layers do not hold. /dev/null and the standard streams are there; /proc
 * and /sys are empty and there is no terminal; what else lies in /dev is not native.
 */
export function devicePath(path: ByteString): DevicePath | undefined {
  const match = /^\/(dev|proc|sys)(?:\/+(.*))?$/s.exec(path.replace(/\/+/g, '/'));
  if (match === null) return undefined;
  const rest = match[2] ?? '';
  if (rest === '') return undefined;
  if (match[1] !== 'dev') return { kind: 'absent' };
  if (rest === 'null') return { kind: 'null' };
  if (rest === 'tty') return { kind: 'absent' };
  const standard = { stdin: 0, stdout: 1, stderr: 2, 'fd/0': 0, 'fd/1': 1, 'fd/2': 2 }[rest];
  if (standard !== undefined) return { kind: 'standard', descriptor: standard };
  throw new NotNative(`device ${path}`);
}
