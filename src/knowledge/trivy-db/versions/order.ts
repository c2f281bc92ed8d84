/** A version order with the behaviour of the library that Trivy uses, so that the same packages are found vulnerable. */
export interface VersionOrder {
  readonly name: 'deb' | 'rpm' | 'apk';
  /** False when the library refuses the text; Trivy then skips the package or advisory. */
  readonly isValid: (version: string) => boolean;
  /** Below, at or above 0; only for valid versions. */
  readonly compare: (a: string, b: string) => number;
  /** As Trivy prints a version after parsing it. */
  readonly normalize: (version: string) => string;
}
