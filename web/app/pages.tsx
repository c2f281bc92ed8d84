import { lazy } from 'react';
import { Route, Switch } from 'wouter';
import { EventsPage } from '../pages/events/events-page.tsx';
import { ImagePage } from '../pages/image/image-page.tsx';
import { ImagesPage } from '../pages/images/images-page.tsx';
import { OverviewPage } from '../pages/overview/overview-page.tsx';
import { RunPage } from '../pages/runs/run-page.tsx';
import { RunsPage } from '../pages/runs/runs-page.tsx';
import { TeamPage } from '../pages/teams/team-page.tsx';
import { TeamsPage } from '../pages/teams/teams-page.tsx';
import { VulnerabilitiesPage } from '../pages/vulnerabilities/vulnerabilities-page.tsx';
import { VulnerabilityPage } from '../pages/vulnerabilities/vulnerability-page.tsx';
import { WaiversPage } from '../pages/waivers/waivers-page.tsx';
import { MissingPage } from './missing-page.tsx';

const ReportPage = lazy(() => import('../pages/report/report-page.tsx').then((it) => ({ default: it.ReportPage })));

export function Pages() {
  return (
    <Switch>
      <Route path="/" component={OverviewPage} />
      <Route path="/images" component={ImagesPage} />
      <Route path="/image" component={ImagePage} />
      <Route path="/vulnerabilities" component={VulnerabilitiesPage} />
      <Route path="/vulnerabilities/:id">
        {({ id }) => <VulnerabilityPage key={id} id={decodeURIComponent(id)} />}
      </Route>
      <Route path="/runs" component={RunsPage} />
      <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={decodeURIComponent(id)} />}</Route>
      <Route path="/waivers" component={WaiversPage} />
      <Route path="/teams" component={TeamsPage} />
      <Route path="/team" component={TeamPage} />
      <Route path="/events" component={EventsPage} />
      <Route path="/report" component={ReportPage} />
      <Route component={MissingPage} />
    </Switch>
  );
}
