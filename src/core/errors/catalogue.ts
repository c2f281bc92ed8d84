import type { ErrorEntry } from './exit.ts';
import { FLEET_ERRORS } from './fleet.ts';
import { GENERAL_ERRORS } from './general.ts';
import { KNOWLEDGE_ERRORS } from './knowledge.ts';
import { NET_ERRORS } from './net.ts';
import { OCI_ERRORS } from './oci.ts';
import { PACKAGES_ERRORS } from './packages.ts';
import { PATCH_ERRORS } from './patch.ts';
import { SERVICE_ERRORS } from './service.ts';

/** Every code the program can report, one table per room. Codes are never reused; docs/errors.md is generated from here. */
const TABLES = {
  ...GENERAL_ERRORS,
  ...NET_ERRORS,
  ...OCI_ERRORS,
  ...PACKAGES_ERRORS,
  ...KNOWLEDGE_ERRORS,
  ...PATCH_ERRORS,
  ...FLEET_ERRORS,
  ...SERVICE_ERRORS,
} as const;

export type ErrorCode = keyof typeof TABLES;

export const CATALOGUE: Readonly<Record<ErrorCode, ErrorEntry>> = TABLES;
