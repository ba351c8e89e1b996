/** @file The page: head with the four places, the place that is open, the training-step scrubber, dialogs, notices. */
import { lazy, Suspense, useEffect, useRef } from 'react';
import { ACTIONS } from './actions';
import { PLACE_LABELS } from './actions/go-to-place';
import { listenForShortcuts } from './keyboard/shortcuts';
import { DropTarget } from './parts/drop-target';
import { Header } from './parts/header';
import { Notices } from './parts/notices';
import { RunNews } from './parts/run-news';
import { StepScrubber } from './parts/step-scrubber';
import { AlignPlace } from './places/align/align-place';
import { EMBED } from './state/embed';
import { showsRun, useStudio } from './state/store';

const ComparePlace = lazy(() => import('./places/compare/compare-place'));
const LibraryPlace = lazy(() => import('./places/library/library-place'));
const LearnPlace = lazy(() => import('./places/learn/learn-place'));
const Palette = lazy(() => import('./parts/palette'));
const About = lazy(() => import('./parts/about'));
const EditPictures = lazy(() => import('./parts/pictures/edit-pictures'));
const Glossary = lazy(() => import('./parts/glossary'));
const OwnModelDialog = lazy(() => import('./parts/own-model'));
const AllSettings = lazy(() => import('./parts/all-settings'));

export function App() {
  const place = useStudio((state) => state.fields.place);
  const run = useStudio(showsRun);
  const dialog = useStudio((state) => state.dialog);
  useEffect(() => listenForShortcuts(ACTIONS), []);
  const shown = useRef(place);
  useEffect(() => {
    // What had the focus may have gone with the place before.
    if (shown.current !== place && document.activeElement === document.body) {
      document.getElementById('main')?.focus({ preventScroll: true });
    }
    shown.current = place;
  }, [place]);
  return (
    <DropTarget>
      {/* biome-ignore lint/a11y/useValidAnchor: the address holds the state, a plain #main would replace it */}
      <a className="skip" href="#main" onClick={focusMain}>
        Skip to the content
      </a>
      {EMBED === null && <Header />}
      <main id="main" tabIndex={-1} className={`place ${place}`}>
        <h1 className="hidden">{PLACE_LABELS[place]}</h1>
        <Suspense fallback={<p className="loading">Opening…</p>}>
          {place === 'align' && <AlignPlace />}
          {place === 'compare' && <ComparePlace />}
          {place === 'library' && <LibraryPlace />}
          {place === 'learn' && <LearnPlace />}
        </Suspense>
      </main>
      {run && <StepScrubber />}
      <Suspense fallback={null}>
        {dialog === 'palette' && <Palette />}
        {dialog === 'about' && <About />}
        {dialog === 'pictures' && <EditPictures />}
        {dialog === 'settings' && <AllSettings />}
        {dialog === 'glossary' && <Glossary />}
        {dialog === 'own-model' && <OwnModelDialog />}
      </Suspense>
      <RunNews place={PLACE_LABELS[place]} />
      <Notices />
    </DropTarget>
  );
}

function focusMain(event: React.MouseEvent) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
