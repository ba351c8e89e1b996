/** @file Where what has the focus goes away, pressed or not, the focus goes where the next key belongs, not to the page. */
import { type FocusEvent, type RefObject, useEffect, useRef } from 'react';

/** Whether an element is there and can have the focus. */
const isThere = (element: Element) => element.isConnected && !(element as HTMLButtonElement).disabled;

/**
 * Handlers for the element of `box`: when a part of it loses the focus because it is removed or disabled, the focus goes
 * to what `next` names, else to the element itself, which has `tabIndex={-1}`; from there to `next` once it is there.
 */
export function useKeptFocus(box: RefObject<HTMLElement | null>, next: (box: HTMLElement) => HTMLElement | null) {
  const inside = useRef(false);
  useEffect(() => {
    const { current } = box;
    if (!inside.current || !current) return;
    if (document.activeElement !== document.body && document.activeElement !== current) return;
    (next(current) ?? current).focus();
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
