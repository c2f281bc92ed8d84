import type { z } from 'zod';
import { sha256 } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../core/limits.ts';
import type { ReportFormat, ScannerReport } from '../findings.ts';
import {
  copaV1Alpha1Schema,
  copaV1Alpha2Schema,
  scannerReportFromCopaV1Alpha1,
  scannerReportFromCopaV1Alpha2,
} from './copa.ts';
import { grypeReportSchema, scannerReportFromGrype } from './grype.ts';
import { scannerReportFromTrivy, trivyReportSchema } from './trivy.ts';

const ACCEPTED = 'Trivy JSON (schema version 2), Grype JSON and Copa manifests (v1alpha1, v1alpha2)';

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a scan report of any accepted format, recognised by its content.
 * @throws SutureError LIMIT_EXCEEDED; REPORT_UNSUPPORTED naming what was recognised and what is accepted; REPORT_INVALID
 * naming the field that is wrong.
 */
export function readReport(bytes: Uint8Array, { name }: { readonly name: string }): ScannerReport {
  checkLimit(`report ${name}`, bytes.length, LIMITS.report);
  const json = parseObject(bytes, name);
  const digest = sha256(bytes);
  switch (formatOf(json, name)) {
    case 'trivy':
      return scannerReportFromTrivy(check(trivyReportSchema, json, name, 'Trivy report'), name, digest);
    case 'grype':
      return scannerReportFromGrype(check(grypeReportSchema, json, name, 'Grype report'), name, digest);
    case 'copa-v1alpha1':
      return scannerReportFromCopaV1Alpha1(check(copaV1Alpha1Schema, json, name, 'Copa manifest'), name, digest);
    case 'copa-v1alpha2':
      return scannerReportFromCopaV1Alpha2(check(copaV1Alpha2Schema, json, name, 'Copa manifest'), name, digest);
  }
}

function parseObject(bytes: Uint8Array, name: string): Json {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new SutureError('REPORT_UNSUPPORTED', `${name} is not JSON; accepted are ${ACCEPTED}`, { cause });
  }
  if (Array.isArray(json)) throw unsupported(name, 'a bare list, as Trivy wrote before 0.20');
  if (typeof json !== 'object' || json === null) throw unsupported(name, 'not an object');
  return json as Json;
}

function formatOf(json: Json, name: string): ReportFormat {
  if (json['SchemaVersion'] !== undefined) return 'trivy';
  if (Array.isArray(json['matches']) && json['descriptor'] !== undefined) return 'grype';
  const other = recognised(json);
  if (other !== undefined) throw unsupported(name, other);
  const version = json['apiVersion'];
  if (version === 'v1alpha1' || version === 'v1alpha2') return `copa-${version}`;
  if (version !== undefined && version !== null) throw unsupported(name, `of apiVersion ${JSON.stringify(version)}`);
  if (json['metadata'] !== undefined && json['osupdates'] !== undefined) return 'copa-v1alpha2';
  if (json['metadata'] !== undefined && json['updates'] !== undefined) return 'copa-v1alpha1';
  throw unsupported(name, 'of an unknown format');
}

/** Formats that users are likely to have at hand, named so that the message helps. */
function recognised(json: Json): string | undefined {
  if (Array.isArray(json['runs'])) return 'a SARIF log';
  if (json['bomFormat'] === 'CycloneDX') return 'a CycloneDX document';
  if (json['spdxVersion'] !== undefined) return 'an SPDX document';
  if (json['kind'] !== undefined) return `a Kubernetes object of kind ${JSON.stringify(json['kind'])}`;
  return undefined;
}

function unsupported(name: string, what: string): SutureError {
  return new SutureError('REPORT_UNSUPPORTED', `${name} is ${what}; accepted are ${ACCEPTED}`);
}

function check<Schema extends z.ZodType>(schema: Schema, json: Json, name: string, what: string): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? 'the top level' : issue.path.join('.');
  throw new SutureError('REPORT_INVALID', `${name} is not a valid ${what}: ${place}: ${issue?.message ?? 'invalid'}`, {
    cause: parsed.error,
  });
}
