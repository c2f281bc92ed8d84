// Writes the documents that are generated from the code.
import { writeFileSync } from 'node:fs';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { commandReference, errorReference } from '../src/cli/reference.ts';
import { fleetJsonSchema } from '../src/fleet/config/schema.ts';
import { planJsonSchema } from '../src/patch/plan-document.ts';
import { openApiDocument } from '../src/service/api/openapi-document.ts';

writeFileSync(new URL('../docs/errors.md', import.meta.url), errorReference());
writeFileSync(new URL('../docs/cli.md', import.meta.url), commandReference(COMMANDS));
writeFileSync(new URL('../docs/schemas/fleet.schema.json', import.meta.url), fleetJsonSchema());
writeFileSync(new URL('../docs/schemas/plan.schema.json', import.meta.url), planJsonSchema());
writeFileSync(new URL('../docs/openapi.json', import.meta.url), await openApiDocument());
