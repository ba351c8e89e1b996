/** @file The head of the page: name, places, what is loaded, and the actions that are always at hand. */

import { PLACE_LABELS } from '../actions/go-to-place';
import { importAction } from '../actions/import';
import { openAbout } from '../actions/open-about';
import { openPalette } from '../actions/open-palette';
import { share } from '../actions/share';
import { toggleTheme } from '../actions/toggle-theme';
import { bytes } from '../numbers/in-words';
import { PLACES } from '../state/fields';
import { writePermalink } from '../state/permalink';
import { setFields, useStudio } from '../state/store';
import { ActionButton } from './action-button';
import { ImportIcon, InfoIcon, LinkIcon, Logo, SearchIcon, ThemeIcon } from './icons';
import './header.css';

export function Header() {
  const fields = useStudio((state) => state.fields);
  const bundle = useStudio((state) => state.bundle);
  const gpu = useStudio((state) => state.gpu);
  const memory = useStudio((state) => state.live?.memoryBytes ?? 0);
  return (
    <header className="head">
      <p className="name">
        <Logo /> <span>Direct-Align Studio</span>
      </p>
      <nav aria-label="Places">
        {PLACES.map((place) => (
          <a
            key={place}
            href={writePermalink({ ...fields, place })}
            aria-current={fields.place === place ? 'page' : undefined}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
              event.preventDefault();
              setFields({ place });
            }}
          >
            {PLACE_LABELS[place]}
          </a>
        ))}
      </nav>
      <div className="loaded">
        {bundle && (
          <span className="chip">
            <b>{bundle.name}</b> {(bundle.parameters / 1e6).toFixed(1)} M · {bundle.dtype.toLowerCase()}
          </span>
        )}
        {gpu && (
          <span className={gpu.software ? 'chip software-gpu' : 'chip'}>
            {gpu.software ? 'software GPU' : 'GPU'} <b>{gpu.name}</b>
            {(memory || gpu.memoryBytes) > 0 && ` · ${bytes(memory || gpu.memoryBytes)}`}
          </span>
        )}
      </div>
      <div className="head-actions">
        <ActionButton action={openPalette} kind="icon">
          <SearchIcon />
        </ActionButton>
        <ActionButton action={importAction} kind="icon">
          <ImportIcon />
        </ActionButton>
        <ActionButton action={share} kind="icon">
          <LinkIcon />
        </ActionButton>
        <ActionButton action={toggleTheme} kind="icon">
          <ThemeIcon />
        </ActionButton>
        <ActionButton action={openAbout} kind="icon">
          <InfoIcon />
        </ActionButton>
      </div>
    </header>
  );
}
