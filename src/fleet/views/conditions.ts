import { type RawBuilder, sql } from 'kysely';

/** Pieces of SQL that SQLite and PostgreSQL understand alike. Columns are those of `findings`, under the name that is given. */

export type Condition = RawBuilder<boolean>;

export const NEVER: Condition = sql<boolean>`1 = 0`;

/** All of them; true when there are none. */
export function all(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? sql<boolean>`1 = 1` : sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}

/** Whether a text has another within it, whatever the case. */
export function contains(column: RawBuilder<unknown>, text: string): Condition {
  const pattern = `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`lower(${column}) like ${pattern} escape '\\'`;
}

export function startsWith(column: RawBuilder<unknown>, text: string): Condition {
  const pattern = `${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`lower(${column}) like ${pattern} escape '\\'`;
}

/** @param now ISO 8601 */
export function isWaived(table: string, now: string): Condition {
  const until = sql.ref(`${table}.waived_until`);
  return sql<boolean>`(${until} is not null and ${until} > ${now})`;
}

/** With a clock that nothing stops: due or late. The first words are those of the index. */
export function isTicking(table: string, now: string): Condition {
  const [resolved, due] = [sql.ref(`${table}.resolved_at`), sql.ref(`${table}.due_at`)];
  return sql<boolean>`(${resolved} is null and ${due} is not null and not ${isWaived(table, now)})`;
}

export function isLate(table: string, now: string): Condition {
  return sql<boolean>`(${isTicking(table, now)} and ${sql.ref(`${table}.due_at`)} < ${now})`;
}

/** What `assess` says, of a row as `withStanding` wrote it. */
export function stateOf(table: string, now: string): RawBuilder<string> {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  return sql<string>`case
    when ${column('resolved_at')} is not null then
      case when ${column('due_at')} is null or ${column('resolved_at')} <= ${column('due_at')} then 'met' else 'met-late' end
    when ${isWaived(table, now)} then 'waived'
    when ${column('standing')} = 'clock' then case when ${column('due_at')} >= ${now} then 'due' else 'late' end
    else ${column('standing')} end`;
}

/** Whether an open finding is in a state. */
export function isInState(table: string, state: string, now: string): Condition {
  const resolved = sql.ref(`${table}.resolved_at`);
  switch (state) {
    case 'late':
      return isLate(table, now);
    case 'due':
      return sql<boolean>`(${isTicking(table, now)} and ${sql.ref(`${table}.due_at`)} >= ${now})`;
    case 'waived':
      // The first words are those of the index.
      return sql<boolean>`(${resolved} is null and ${isWaived(table, now)})`;
    default:
      return sql<boolean>`(${resolved} is null and ${sql.ref(`${table}.standing`)} = ${state} and not ${isWaived(table, now)})`;
  }
}

/** PostgreSQL counts in numbers too large for JavaScript, and so gives them as text. */
export function numberOf(value: unknown): number {
  return Number(value ?? 0);
}
