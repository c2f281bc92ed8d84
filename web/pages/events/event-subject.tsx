import { Link } from 'wouter';
import type { Event } from '../../../src/service/api/contract/events.ts';
import { paths } from '../../app/paths.ts';
import { ImageLink } from '../../shown/image-link.tsx';

/** What an event is about, as a link where there is a page of it. */
export function EventSubject({ event: { kind, subject } }: { readonly event: Event }) {
  if (kind.startsWith('run-')) return <Link href={paths.run(subject)}>{subject}</Link>;
  if (kind.startsWith('image-')) return <ImageLink reference={subject} />;
  if (kind.startsWith('waiver-')) return <Link href={paths.waivers({ q: subject, show: 'all' })}>{subject}</Link>;
  return <>{subject}</>;
}
