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
import { destroyDevice, report } from './remote/session';
import { goOffline } from './startup/offline';
import { startUp } from './startup/start-up';

createRoot(document.getElementById('studio')!).render(<App />);
void startUp().catch(report);
goOffline();

// The end-to-end tests lose the device on purpose, to see the page recover.
addEventListener('studio-test-destroy-device', () => void destroyDevice());
