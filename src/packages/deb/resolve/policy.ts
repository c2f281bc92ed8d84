import type { RepositoryInfo } from '../../family.ts';
import type { AvailableDeb } from '../types.ts';

/** How much each offer is wanted, in apt's numbers (apt_preferences(5)): 0 or less is never chosen, 500 is usual. */
export interface CandidatePolicy {
  priority(offer: AvailableDeb, repository: RepositoryInfo): number;
  /** Why an upgrade of everything leaves an installed package below this version: a phased update that is not for this image. */
  heldBack?(offer: AvailableDeb): string | undefined;
}

/**
 * apt's priorities where nothing is pinned: 500; suites that their Release file marks NotAutomatic are lower: backports
 * 100 (ButAutomaticUpgrades), experimental 1.
 */
export const defaultPolicy: CandidatePolicy = {
  priority: (_offer, { suite, codename }) => {
    if (suite.endsWith('-backports') || codename.endsWith('-backports')) return 100;
    return suite === 'experimental' || codename === 'rc-buggy' ? 1 : 500;
  },
};

/** Priority of what is installed (dpkg's status file), apt_preferences(5). */
export const INSTALLED_PRIORITY = 100;
