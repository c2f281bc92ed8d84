import { useImage } from '../../api/queries.ts';
import { useMay } from '../../api/session-context.ts';
import { paths } from '../../app/paths.ts';
import { splitReference } from '../../format/reference.ts';
import { Answered } from '../../parts/answered.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { LinkButton } from '../../parts/link-button.tsx';
import { Notice } from '../../parts/notice.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { Skeleton } from '../../parts/skeleton.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { ComplianceBadge } from '../../shown/compliance-badge.tsx';
import { OutcomeBadge } from '../../shown/outcome-badge.tsx';
import { RunNowButton } from '../runs/run-now-button.tsx';
import { ImageContent } from './image-content.tsx';
import styles from './image-page.module.css';

/** One image: what is in it, what was done about it, and what was not, and why. */
export function ImagePage() {
  const reference = useAddress().get('reference');
  // Another image is another page: its state begins anew.
  return <OneImage key={reference} reference={reference} />;
}

function OneImage({ reference }: { readonly reference: string }) {
  const answer = useImage(reference);
  const mayRun = useMay('operator');
  const { registry, repository, tag, digest } = splitReference(reference);
  const image = answer.data;
  return (
    <>
      <PageHeader
        title={reference}
        above={
          <>
            {registry}
            <CopyButton text={reference} what="image reference" />
          </>
        }
        heading={
          <>
            {repository}
            <span className={styles['tag']}>
              {tag !== '' && `:${tag}`}
              {digest !== '' && `@${digest}`}
            </span>
          </>
        }
        beside={
          image !== undefined && (
            <>
              <ComplianceBadge compliance={image.compliance} />
              <OutcomeBadge outcome={image.outcome} />
            </>
          )
        }
        actions={mayRun && image !== undefined && <RunNowButton reference={reference} />}
      />
      <Answered
        answer={answer}
        loading={<Skeleton lines={3} tall />}
        missing={
          <Notice
            icon="images"
            title="The service does not know this image."
            action={<LinkButton href={paths.images()}>All images</LinkButton>}
          >
            It may have been taken out of the configuration, or no run has seen it yet.
          </Notice>
        }
      >
        {(data) => <ImageContent image={data} />}
      </Answered>
    </>
  );
}
