import { z } from 'zod';
import { count, reference } from './values.ts';

const name = z.string().min(1).max(4096);

/** Notifications of the registry of CNCF distribution, which Docker's and others send as well. */
const distribution = z.object({
  events: z
    .array(
      z.object({
        action: z.string().max(64).exactOptional(),
        target: z
          .object({ repository: name.exactOptional(), tag: z.string().max(128).exactOptional() })
          .exactOptional(),
        request: z.object({ host: z.string().max(512).exactOptional() }).exactOptional(),
      }),
    )
    .max(1000),
});

/** Harbor's PUSH_ARTIFACT. */
const harbor = z.object({
  type: z.string().max(64),
  event_data: z.object({
    resources: z.array(z.object({ resource_url: name.exactOptional() })).max(1000),
  }),
});

const generic = z.strictObject({ reference });

/** POST /hooks/registry: images were pushed. */
export const registryHook = z.union([distribution, harbor, generic]).meta({ id: 'RegistryHook' });
export type RegistryHook = z.infer<typeof registryHook>;

/** 202: how many of the images are of the fleet, and are run over soon. */
export const hookAnswer = z.object({ images: count }).meta({ id: 'HookAnswer' });
export type HookAnswer = z.infer<typeof hookAnswer>;
