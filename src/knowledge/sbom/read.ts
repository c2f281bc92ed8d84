import type { z } from 'zod';
import { type Digest, sha256 } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../core/limits.ts';
import type { ScannedImage } from '../../packages/inventory/types.ts';
import { cycloneDxSchema, imageOfCycloneDx } from './read-cyclonedx.ts';
import { imageOfSpdx, spdxSchema } from './read-spdx.ts';
import { imageOfTrivyReport, trivyPackagesSchema } from './read-trivy.ts';

const ACCEPTED = 'CycloneDX JSON, SPDX 2.2 and 2.3 JSON, and Trivy JSON with packages';

export type InventoryFormat = 'cyclonedx' | 'spdx' | 'trivy';

/** An inventory that came as a document instead of from an image. */
export interface InventoryDocument {
  readonly format: InventoryFormat;
  readonly digest: Digest;
  readonly image: ScannedImage;
}

/**
 * Reads the OS packages of an SBOM or Trivy report, recognised by its content.
 * @throws SutureError LIMIT_EXCEEDED; REPORT_UNSUPPORTED for another format; REPORT_INVALID naming the field that is wrong
 */
export function readInventoryDocument(bytes: Uint8Array, { name }: { readonly name: string }): InventoryDocument {
  checkLimit(`the document ${name}`, bytes.length, LIMITS.report);
  const json = parse(bytes, name);
  const digest = sha256(bytes);
  if (json['bomFormat'] === 'CycloneDX') {
    return {
      format: 'cyclonedx',
      digest,
      image: imageOfCycloneDx(check(cycloneDxSchema, json, name, 'CycloneDX document')),
    };
  }
  if (json['spdxVersion'] !== undefined) {
    return { format: 'spdx', digest, image: imageOfSpdx(check(spdxSchema, json, name, 'SPDX document')) };
  }
  if (json['SchemaVersion'] !== undefined) {
    return {
      format: 'trivy',
      digest,
      image: imageOfTrivyReport(check(trivyPackagesSchema, json, name, 'Trivy report')),
    };
  }
  throw new SutureError('REPORT_UNSUPPORTED', `${name} is of an unknown format; accepted are ${ACCEPTED}`);
}

function parse(bytes: Uint8Array, name: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new SutureError('REPORT_UNSUPPORTED', `${name} is not JSON; accepted are ${ACCEPTED}`, { cause });
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw new SutureError('REPORT_UNSUPPORTED', `${name} is not a JSON object; accepted are ${ACCEPTED}`);
}

function check<Schema extends z.ZodType>(schema: Schema, json: unknown, name: string, what: string): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? 'the top level' : issue.path.join('.');
  throw new SutureError('REPORT_INVALID', `${name} is not a valid ${what}: ${place}: ${issue?.message ?? 'invalid'}`, {
    cause: parsed.error,
  });
}
