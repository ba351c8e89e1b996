/** @file A modal dialog over the page; Escape and a press outside close it. */
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { useStudio } from '../state/store';
import './dialog.css';

export interface DialogProps {
  title: string;
  className?: string;
  children: ReactNode;
}

export const closeDialog = () => useStudio.setState({ dialog: 'none' });

export function Dialog({ title, className = '', children }: DialogProps) {
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => !open && closeDialog()}>
      <Modal className={`modal ${className}`}>
        <AriaDialog className="dialog">
          <div className="dialog-head">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <Button className="button icon" aria-label="Close" onPress={closeDialog}>
              ×
            </Button>
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
