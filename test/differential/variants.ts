import type { Variant } from './support/variant.ts';

export const VARIANTS: readonly Variant[] = [
  { name: 'base', suite: 'bookworm', include: ['ca-certificates', 'openssl', 'tzdata'] },
];
