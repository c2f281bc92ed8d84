import { endOfLife } from './end-of-life.ts';
import type { ScannedOs } from './package.ts';

/** `8.1` → `8`. */
export function major(release: string): string {
  return release.split('.', 1)[0] ?? '';
}

/** `3.17.2` → `3.17`. */
export function minor(release: string): string {
  return release.split('.').slice(0, 2).join('.');
}

/** OS name with Trivy's mark for Ubuntu's Expanded Security Maintenance. */
export function osName(os: ScannedOs): string {
  return os.extended ? `${os.name}-ESM` : os.name;
}

/** An ESM release that nobody has heard of is the plain one as long as that is supported. */
export function ubuntuRelease(os: ScannedOs, now: number): string {
  const name = osName(os);
  if (endOfLife('ubuntu', name) !== undefined) return name;
  const base = name.replace(/[-ESM]+$/, '');
  const end = endOfLife('ubuntu', base);
  return end !== undefined && now < end ? base : name;
}

/** `2 (Karoo)` → `2`, `2023.6.20241212 (Amazon Linux)` → `2023`; anything else, as `2018.03`, is Amazon Linux 1. */
export function amazonRelease(os: ScannedOs): string {
  const release = major(os.name.trim().split(/\s+/, 1)[0] ?? '');
  return ['2', '2022', '2023'].includes(release) ? release : '1';
}

/** The repositories decide, because packages come from them; the OS release stands in where they are not known. */
export function alpineRelease(os: ScannedOs): string {
  const repository = os.repositoryRelease ?? '';
  if (repository === '') return minor(os.name);
  return repository.split('.').length > 2 ? repository.slice(0, repository.lastIndexOf('.')) : repository;
}
