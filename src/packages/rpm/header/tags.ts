/** Header tags that the program reads (rpm's rpmtag.h). */
export const RPM_TAGS = {
  /** MD5 of header and payload, 16 bytes. */
  sigMd5: 261,
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  license: 1014,
  arch: 1022,
  sourceRpm: 1044,
  provideName: 1047,
  requireName: 1049,
  directoryIndexes: 1116,
  baseNames: 1117,
  directoryNames: 1118,
  modularityLabel: 5096,
} as const;
