import { Component, type ReactNode } from 'react';
import { Button } from '../parts/button.tsx';
import { Notice } from '../parts/notice.tsx';

interface PageErrorsProps {
  readonly children: ReactNode;
}

/** A page that fails to draw takes nothing else with it. */
export class PageErrors extends Component<PageErrorsProps, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Notice
        alert
        icon="error"
        title="This page could not be drawn."
        action={
          <Button icon="refresh" onClick={() => window.location.reload()}>
            Load it again
          </Button>
        }
      >
        The service may have been updated while the page was open.
      </Notice>
    );
  }
}
