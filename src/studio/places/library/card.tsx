/** @file What the cards of runs and LoRAs share: thumbnail, name that can be changed, and buttons. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { MoreIcon } from '../../parts/icons';
import { report } from '../../remote/report';
import { useStudio } from '../../state/store';
import './card.css';

export interface CardCommand {
  id: string;
  label: string;
  perform(): void | Promise<void>;
  isDisabled?: boolean;
}

export interface CardProps {
  name: string;
  thumbnail: Uint8Array<ArrayBuffer> | null;
  about: ReactNode;
  /** Buttons in view, then the rest in a menu. */
  buttons: CardCommand[];
  menu: CardCommand[];
  onRename(name: string): Promise<void>;
}

/** Runs a command of a card, shows its error, and has the Library read again. */
export async function runCommand(command: CardCommand): Promise<void> {
  try {
    await command.perform();
    useStudio.setState((state) => ({ libraryVersion: state.libraryVersion + 1 }));
  } catch (error) {
    report(error);
  }
}

export function Card({ name, thumbnail, about, buttons, menu, onRename }: CardProps) {
  const [renaming, setRenaming] = useState(false);
  const [menuOpen, setMenuOpen] = useState(false);
  /** The command that is being performed; a press meanwhile changes nothing. */
  const [busy, setBusy] = useState<string | null>(null);
  const press = async (command: CardCommand) => {
    if (busy) return;
    setBusy(command.id);
    await runCommand(command);
    setBusy(null);
  };
  const more = useRef<HTMLButtonElement>(null);
  const commands = [{ id: 'rename', label: 'Rename', perform: () => setRenaming(true) }, ...menu];
  const endRenaming = (next?: string) => {
    setRenaming(false);
    more.current?.focus();
    if (next && next !== name) void runCommand({ id: 'rename', label: 'Rename', perform: () => onRename(next) });
  };
  // The menu keeps the focus as long as it is open.
  const showsField = renaming && !menuOpen;
  return (
    <li className={`panel card ${showsField ? 'renaming' : ''}`}>
      <Thumbnail png={thumbnail} name={name} />
      <div>
        {showsField ? <RenameForm name={name} onEnd={endRenaming} /> : <h3 title={name}>{name}</h3>}
        <div className="note">{about}</div>
      </div>
      <MenuTrigger isOpen={menuOpen} onOpenChange={setMenuOpen}>
        <Button ref={more} className="button icon" aria-label={`More for “${name}”`}>
          <MoreIcon />
        </Button>
        <Popover className="popover" placement="bottom end">
          <Menu
            className="listbox"
            items={commands}
            disabledKeys={commands.filter((c) => (c as CardCommand).isDisabled).map((c) => c.id)}
            onAction={(key) => void runCommand(commands.find((c) => c.id === key)!)}
          >
            {(command) => <MenuItem className="option">{command.label}</MenuItem>}
          </Menu>
        </Popover>
      </MenuTrigger>
      <div className="card-actions">
        {buttons.map((command) => (
          <Button
            key={command.id}
            className="button"
            isDisabled={command.isDisabled}
            aria-label={`${command.label} “${name}”`}
            aria-busy={busy === command.id || undefined}
            onPress={() => void press(command)}
          >
            {command.label}
            {busy === command.id && '…'}
          </Button>
        ))}
      </div>
    </li>
  );
}

/** The name as a field: Enter keeps what was typed, Escape does not. */
function RenameForm({ name, onEnd }: { name: string; onEnd(next?: string): void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // After the closing menu has given its focus back.
    const frame = requestAnimationFrame(() => field.current?.select());
    return () => cancelAnimationFrame(frame);
  }, []);
  return (
    <form
      className="rename"
      onSubmit={(event) => {
        event.preventDefault();
        onEnd(field.current?.value.trim());
      }}
    >
      <input
        ref={field}
        className="input"
        aria-label="New name"
        defaultValue={name}
        onKeyDown={(event) => event.key === 'Escape' && onEnd()}
      />
      <Button type="submit" className="button">
        Save
      </Button>
      <Button className="button quiet" onPress={() => onEnd()}>
        Cancel
      </Button>
    </form>
  );
}

/** The picture; where there is none, the beginning of the name. */
function Thumbnail({ png, name }: { png: Uint8Array<ArrayBuffer> | null; name: string }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!png) return;
    const made = URL.createObjectURL(new Blob([png], { type: 'image/png' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [png]);
  return url ? (
    <img className="thumb" src={url} alt="" />
  ) : (
    <div className="thumb" aria-hidden="true">
      {name.trim().slice(0, 2)}
    </div>
  );
}
