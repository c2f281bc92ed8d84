/** Who did it, as the ledger tells: `token t-0123456789 (ci)`. Undefined for what the program does by itself. */
export function actorOf(data: Readonly<Record<string, unknown>>): { name: string; address: string } | undefined {
  const actor = data['actor'];
  if (typeof actor !== 'object' || actor === null || !('name' in actor) || typeof actor.name !== 'string')
    return undefined;
  return { name: actor.name, address: 'address' in actor && typeof actor.address === 'string' ? actor.address : '' };
}
