import { SutureError } from '../core/errors/error.ts';
import { exportOpenVex } from '../fleet/waiver-export/openvex.ts';
import { exportPolicyExceptions } from '../fleet/waiver-export/policy-exception.ts';
import { addWaiver, JUSTIFICATIONS, listWaivers, removeWaiver, waiverState } from '../fleet/waivers.ts';
import type { Invocation } from './definition.ts';
import { view, withStore, write } from './fleet.ts';
import { duration } from './parse.ts';
import { table } from './render/table.ts';

/** `suture waiver add`. */
export function runWaiverAdd(invocation: Invocation): Promise<number> {
  const { args, options } = invocation;
  const required = (name: string, key = name) => {
    const value = options[key];
    if (typeof value === 'string' && value !== '') return value;
    throw new SutureError('USAGE', `a waiver needs --${name}`);
  };
  const image = required('image');
  const owner = required('owner');
  const ticket = required('ticket');
  const reason = required('reason');
  const lasts = duration('expires-in', required('expires-in', 'expiresIn'));
  const justification = JUSTIFICATIONS.find((name) => name === options['justification']) ?? 'none';
  return withStore(invocation, async (store) => {
    const added = await addWaiver(store, {
      vulnerability: args[0] ?? '',
      image,
      owner,
      ticket,
      reason,
      justification,
      expiresAt: store.clock.now() + lasts,
      ...(typeof options['package'] === 'string' ? { package: options['package'] } : {}),
    });
    write(invocation, { kind: 'WaiverAdded', waiver: added }, () => `${added.id}  until ${added.expires_at}\n`);
    return 0;
  });
}

/** `suture waiver list`. */
export function runWaiverList(invocation: Invocation): Promise<number> {
  return withStore(invocation, async (store) => {
    const rows = (await listWaivers(store)).map((row) => ({ ...row, state: waiverState(row, store.clock.now()) }));
    const shown = rows.filter(
      ({ state }) => invocation.options['all'] === true || state === 'active' || state === 'expiring',
    );
    const head = ['id', 'state', 'until', 'vulnerability', 'image', 'owner', 'ticket', 'reason'];
    const lines = shown.map((row) => [
      row.id,
      row.state,
      row.expires_at.slice(0, 16),
      row.vulnerability,
      row.image,
      row.owner,
      row.ticket,
      row.reason,
    ]);
    write(invocation, { kind: 'WaiverList', waivers: shown }, () => {
      return `${table(head, lines, view(invocation).columns, (text) => text).join('\n')}\n`;
    });
    return 0;
  });
}

/** `suture waiver remove`. */
export function runWaiverRemove(invocation: Invocation): Promise<number> {
  const [id = ''] = invocation.args;
  return withStore(invocation, async (store) => {
    await removeWaiver(store, id);
    write(invocation, { kind: 'WaiverRemoved', id }, () => `${id} has ended\n`);
    return 0;
  });
}

/** `suture waiver export`. */
export function runWaiverExport(invocation: Invocation): Promise<number> {
  const { options, terminal } = invocation;
  return withStore(invocation, async (store) => {
    if (options['output'] === 'kyverno') {
      const policy = String(options['policy']);
      const namespace = String(options['namespace']);
      const { yaml, withheld } = await exportPolicyExceptions(store, { policy, namespace });
      terminal.stdout.write(yaml);
      for (const { reference, reason } of withheld) terminal.stderr.write(`${reference}: no exception: ${reason}\n`);
      return 0;
    }
    const images = await store.database.selectFrom('images').select('reference').orderBy('reference').execute();
    const references = images.map(({ reference }) => reference);
    terminal.stdout.write(exportOpenVex(await listWaivers(store), references, store.clock.now()));
    return 0;
  });
}
