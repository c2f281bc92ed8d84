/** A package that apk would leave broken, with an error: it is not applied, and the message says why. */
export class PackageProblem extends Error {}
