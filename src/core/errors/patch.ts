import type { ErrorTable } from './exit.ts';

export const PATCH_ERRORS = {
  OS_UNKNOWN: {
    exit: 'policy',
    summary: 'The image has no package database that is known.',
    fix: 'Nothing is known about this image, which is not the same as clean: look at how it was built.',
  },
  FAMILY_UNSUPPORTED: {
    exit: 'policy',
    summary: 'The package family of the image cannot be patched by this version.',
    fix: 'See the README for the families that can be patched.',
  },
  NO_REPOSITORY: {
    exit: 'policy',
    summary: 'None of the repositories that an image configures can be used.',
    fix: 'Reach them through --mirror, or see the reason given for each.',
  },
  ENGINE_NEEDED: {
    exit: 'policy',
    summary: 'Packages need maintainer scripts that cannot be evaluated natively.',
    fix: 'See which script and command stops it; the other packages can be patched with --only-packages.',
  },
  DEMO_IMPOSSIBLE: {
    exit: 'failed',
    summary: 'The demonstration needs the apt sources of a Debian machine.',
    fix: 'Run it on Debian with its release and security suites configured, or patch an image of yours with `suture patch`.',
  },
  PLATFORM_NEEDED: {
    exit: 'usage',
    summary: 'The name is an index of images for several platforms.',
    fix: 'Choose one with --platform.',
  },
  BASE_MISMATCH: {
    exit: 'usage',
    summary: 'The base that was named for an image is not the image below its topmost layer.',
    fix: 'Name the exact image that was patched, by digest if its tag has moved; or leave --base out.',
  },
  TAG_EXISTS: {
    exit: 'failed',
    summary: 'The tag of the result already names another image, and tags are never moved.',
    fix: 'Choose another one with --tag.',
  },
  PLAN_STALE: {
    exit: 'policy',
    summary: 'A stored plan does not fit the image or the repositories as they are now.',
    fix: 'Make the plan again, or give the base image and the repository snapshot it was made for.',
  },
  RESULT_WRONG: {
    exit: 'verification',
    summary: 'The patched image, read back, is not what the plan says.',
    fix: 'Nothing was published. This is a defect of suture: please report it with the plan.',
  },
  PLAN_INVALID: {
    exit: 'usage',
    summary: 'A stored plan does not have the shape its version requires.',
    fix: 'Make the plan again with `suture plan`; plans are not edited by hand.',
  },
} as const satisfies ErrorTable;
