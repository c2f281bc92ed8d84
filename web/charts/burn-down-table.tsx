import type { BurnDownPoint } from './burn-down.tsx';

/** The drawing as numbers, for who cannot see it. */
export function BurnDownTable({ days }: { readonly days: readonly BurnDownPoint[] }) {
  return (
    <table className="visually-hidden">
      <caption>Findings with a fix by day</caption>
      <thead>
        <tr>
          <th scope="col">Day</th>
          <th scope="col">Open</th>
          <th scope="col">Late</th>
          <th scope="col">Waived</th>
        </tr>
      </thead>
      <tbody>
        {days.map(({ day, open, late, waived }) => (
          <tr key={day}>
            <th scope="row">{day}</th>
            <td>{open}</td>
            <td>{late}</td>
            <td>{waived}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
