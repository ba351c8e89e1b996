/** @file Entry of the page. */
import { createRoot } from 'react-dom/client';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/timeline.css';
import './styles/charts.css';
import './styles/places.css';
import { App } from './app';
import { goOffline } from './offline';
import { destroyDevice, report } from './session';
import { startUp } from './startup';

createRoot(document.getElementById('studio')!).render(<App />);
void startUp().catch(report);
goOffline();

// The end-to-end tests lose the device on purpose, to see the page recover.
addEventListener('studio-test-destroy-device', () => void destroyDevice());
