/** One kind of root that is upgraded by apt and by us. Plain data, so that a variant is a row of variants.ts. */
export interface Variant {
  readonly name: string;
  readonly suite: string;
  /** Packages besides those of the variant `apt` of mmdebstrap. */
  readonly include: readonly string[];
  /** Foreign architectures. */
  readonly foreign?: readonly string[];
  /** Lines of /etc/dpkg/dpkg.cfg.d while the root is built, and after. */
  readonly dpkgOptions?: readonly string[];
  /** Shell script that runs in the root before the upgrade: edits conffiles, holds packages, diverts files. */
  readonly prepare?: string;
  /** Packages that are known not to be native: apt leaves them as they are too. */
  readonly pending?: readonly string[];
  /** Runs also when only a sample is asked for. */
  readonly sample?: true;
}
