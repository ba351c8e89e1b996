/** @file Where what has the focus goes away, pressed or not, the focus goes where the next key belongs, not to the page. */
import { type FocusEvent, type RefObject, useEffect, useRef } from 'react';

/** Whether an element is there and can have the focus. */
const isThere = (element: Element) => element.isConnected && !(element as HTMLButtonElement).disabled;

/** How long menus and dialogs that close may take to give the focus back themselves, in milliseconds. */
const GRACE = 100;

/**
 * Handlers for the element of `box`: when a part of it loses the focus because it is removed or disabled, the focus goes
 * to what `next` names, else to the element itself, which has `tabIndex={-1}`; from there to `next` once it is there.
 */
export function useKeptFocus(box: RefObject<HTMLElement | null>, next: (box: HTMLElement) => HTMLElement | null) {
  const inside = useRef(false);
  const timer = useRef(0);
  useEffect(() => {
    if (!inside.current || timer.current) return;
    timer.current = window.setTimeout(() => {
      timer.current = 0;
      const { current } = box;
      const { activeElement } = document;
      if (!inside.current || !current || (activeElement !== document.body && activeElement !== current)) return;
      (next(current) ?? current).focus({ preventScroll: true });
    }, GRACE);
  });
  return {
    onFocus: () => {
      inside.current = true;
    },
    onBlur: ({ target, relatedTarget }: FocusEvent) => {
      if (relatedTarget) inside.current = false;
      // A press elsewhere leaves it as it is; what is going away is gone by then.
      else
        setTimeout(() => {
          if (isThere(target) && document.activeElement !== target) inside.current = false;
        });
    },
  };
}
