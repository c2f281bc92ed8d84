import type { ByteString } from '../../../core/bytes.ts';

/** Output words of `std::seed_seq::generate` that a 32-bit linear congruential engine asks for: one and three more. */
const WORDS = 4;
const MODULUS = 2_147_483_647n;
const MULTIPLIER = 48_271n;
/** The draw is in [0, 100], both ends included. */
const OUTCOMES = 101n;

/**
 * apt's draw for a phased update, 0 to 100: the update is for this machine when the draw is not above its percentage.
 * As `std::uniform_int_distribution(0, 100)` over `std::minstd_rand`, seeded by `std::seed_seq` of
 * `source-version-machineid`, as libstdc++ computes it (apt-pkg/upgrade.cc, `IsIgnoredPhasedUpdate`).
 */
export function phasingDraw(source: ByteString, version: ByteString, machineId: ByteString): number {
  const seed = seedWord(Buffer.from(`${source}-${version}-${machineId}`, 'latin1'));
  let state = BigInt(seed) % MODULUS;
  if (state === 0n) state = 1n;
  const range = MODULUS - 2n;
  const scaling = range / OUTCOMES;
  for (;;) {
    state = (state * MULTIPLIER) % MODULUS;
    const drawn = state - 1n;
    if (drawn < OUTCOMES * scaling) return Number(drawn / scaling);
  }
}

/** The last of four words of [rand.util.seedseq], which is all that seeding the engine uses. */
function seedWord(seeds: Uint8Array): number {
  const words = new Uint32Array(WORDS).fill(0x8b8b8b8b);
  const rounds = Math.max(seeds.length + 1, WORDS);
  const at = (index: number) => words[index % WORDS] ?? 0;
  const set = (index: number, value: number) => {
    words[index % WORDS] = value;
  };
  for (let k = 0; k < rounds; k++) {
    const first = Math.imul(1664525, mixed(at(k) ^ at(k + 1) ^ at(k + WORDS - 1)));
    // `char` is signed where Ubuntu and Debian build most of their ports.
    const seed = ((seeds[k - 1] ?? 0) << 24) >> 24;
    const added = k === 0 ? seeds.length : k <= seeds.length ? (k % WORDS) + seed : k % WORDS;
    const second = (first + added) | 0;
    set(k + 1, at(k + 1) + first);
    set(k + 2, at(k + 2) + second);
    set(k, second);
  }
  for (let k = rounds; k < rounds + WORDS; k++) {
    const third = Math.imul(1566083941, mixed(at(k) + at(k + 1) + at(k + WORDS - 1)));
    const fourth = (third - (k % WORDS)) | 0;
    set(k + 1, at(k + 1) ^ third);
    set(k + 2, at(k + 2) ^ fourth);
    set(k, fourth);
  }
  return words[WORDS - 1] ?? 0;
}

function mixed(value: number): number {
  const word = value >>> 0;
  return word ^ (word >>> 27);
}
