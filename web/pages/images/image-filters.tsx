import { useTeams } from '../../api/queries.ts';
import { Button } from '../../parts/button.tsx';
import { FilterText } from '../../parts/filter-text.tsx';
import { type Choice, Select } from '../../parts/select.tsx';
import { Toolbar } from '../../parts/toolbar.tsx';
import type { Address } from '../../parts/use-address.ts';
import { OUTCOME_ORDER, wordsOfKey } from '../../values/outcomes.ts';
import { COMPLIANCE_WORDS, OPEN_STATE_KEYS, STATE_WORDS } from '../../values/states.ts';
import { TIER_ORDER, TIER_WORDS } from '../../values/tiers.ts';

export const FILTER_NAMES = ['q', 'team', 'outcome', 'compliance', 'state', 'severity', 'vulnerability', 'package'];

const ANY: Choice = { value: '', label: 'any' };

const OUTCOMES = [ANY, ...OUTCOME_ORDER.map((value) => ({ value, label: wordsOfKey(value).label }))];
const COMPLIANCES = [ANY, ...Object.entries(COMPLIANCE_WORDS).map(([value, { label }]) => ({ value, label }))];
const STATES = [ANY, ...OPEN_STATE_KEYS.map(([value]) => ({ value, label: STATE_WORDS[value].label }))];
const TIERS = [ANY, ...TIER_ORDER.map((value) => ({ value, label: `${TIER_WORDS[value].label} or worse` }))];

/** The filters of the images list. A filter that only a link can set is shown as a button that takes it away. */
export function ImageFilters({ address }: { readonly address: Address }) {
  const teams = useTeams().data?.items ?? [];
  const team = address.get('team');
  const known = teams.filter(({ name }) => name !== '').map(({ name }) => ({ value: name, label: name }));
  const choices =
    known.some(({ value }) => value === team) || team === '' ? known : [...known, { value: team, label: team }];
  const set = (name: string) => (value: string) => address.set({ [name]: value });
  return (
    <Toolbar label="Filter images">
      <FilterText
        label="Image, digest or team"
        value={address.get('q')}
        onChange={(q) => address.set({ q }, { replace: true })}
      />
      {choices.length > 0 && <Select label="Team" value={team} choices={[ANY, ...choices]} onChange={set('team')} />}
      <Select label="Standing" value={address.get('compliance')} choices={COMPLIANCES} onChange={set('compliance')} />
      <Select label="Result" value={address.get('outcome')} choices={OUTCOMES} onChange={set('outcome')} />
      <Select label="Severity" value={address.get('severity')} choices={TIERS} onChange={set('severity')} />
      <Select label="Findings" value={address.get('state')} choices={STATES} onChange={set('state')} />
      {(['vulnerability', 'package'] as const).map(
        (name) =>
          address.get(name) !== '' && (
            <Button key={name} icon="close" onClick={() => address.set({ [name]: undefined })}>
              {name} {address.get(name)}
            </Button>
          ),
      )}
    </Toolbar>
  );
}
