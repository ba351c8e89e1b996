/** @file Entry of the page. */
import { createRoot } from 'react-dom/client';
import './styles/tokens.css';
import './styles/base.css';
import './styles/page.css';
import './styles/buttons.css';
import './styles/fields.css';
import './styles/lists.css';
import './styles/chips.css';
import './styles/progress.css';
import { App } from './app';
import './styles/touch.css';
import './styles/print.css';
import './styles/forced-colors.css';
import { report } from './remote/report';
import { destroyDevice } from './remote/train';
import { goOffline } from './startup/offline';
import { startUp } from './startup/start-up';

createRoot(document.getElementById('studio')!).render(<App />);
void startUp().catch(report);
goOffline();

// The end-to-end tests lose the device on purpose, to see the page recover.
addEventListener('studio-test-destroy-device', () => void destroyDevice());
