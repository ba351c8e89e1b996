/** @file A button made from an action: its label, its shortcut, and whether it can be pressed come from the record. */
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Tooltip, TooltipTrigger } from 'react-aria-components/Tooltip';
import { type Action, labelOf } from '../actions/action';
import { perform, printShortcut } from '../keyboard/shortcuts';
import { useStudio } from '../state/store';

export interface ActionButtonProps {
  action: Action;
  /** `primary` is the one large button of a place; `accent` is the first of several; `quiet` has no border; `icon` shows `children` only. */
  kind?: 'primary' | 'accent' | 'plain' | 'quiet' | 'icon';
  /** Submits its form, which performs the action: so Enter in a field of the form does too. */
  submits?: boolean;
  /** What to show instead of the label; the label stays the accessible name. */
  children?: ReactNode;
}

export function ActionButton({ action, kind = 'plain', submits = false, children }: ActionButtonProps) {
  const label = useStudio((state) => labelOf(action, state));
  const enabled = useStudio(action.enabled);
  const whyNot = useStudio((state) => (action.enabled(state) ? null : (action.whyNot?.(state) ?? null)));
  const aria = action.shortcut?.replace('Mod', 'Control').replace('Space', ' ');
  const button = (
    <Button
      className={`button ${kind}`}
      isDisabled={!enabled}
      aria-label={children === undefined ? undefined : label}
      aria-keyshortcuts={aria}
      data-action={action.id}
      type={submits ? 'submit' : 'button'}
      onPress={submits ? undefined : () => void perform(action)}
    >
      {children ?? label}
    </Button>
  );
  const hasTooltip = children !== undefined || action.shortcut !== undefined;
  const whole = hasTooltip ? (
    <TooltipTrigger delay={500}>
      {button}
      <Tooltip className="tooltip" offset={6}>
        {label}
        {action.shortcut && <kbd>{printShortcut(action.shortcut)}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  ) : (
    button
  );
  if (!action.whyNot) return whole;
  // A button that cannot be pressed shows no tooltip of its own.
  return (
    <span className="why-not" title={whyNot ?? undefined}>
      {whole}
    </span>
  );
}
