/** A derived file cannot be written exactly: the reason names what stands in the way. The package goes to the sandbox. */
export class DerivedNotNative extends Error {
  override readonly name = 'DerivedNotNative';
}
