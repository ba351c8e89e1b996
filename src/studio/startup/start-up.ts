/** @file What happens once when the page opens: state from the address, the recorded run, what the browser can do. */
import { showRecording } from '../recording/show-recording';
import { describeBundle } from '../remote/bundle';
import { listen } from '../remote/messages';
import { receive } from '../remote/receive';
import { report } from '../remote/report';
import { findCapability } from '../state/capability';
import { readPermalink } from '../state/permalink';
import { setFields, useStudio } from '../state/store';
import { followAddress } from './address';
import { followWords } from './follow-words';
import { askBeforeLeaving } from './leaving';
import { offerUnfinished } from './offer-unfinished';
import { remembered } from './remembered';
import { applyTheme } from './theme';

/** How long a deleted run or LoRA can be brought back, in milliseconds. */
const UNDO_TIME = 24 * 3600 * 1000;

export async function startUp(): Promise<void> {
  listen(receive);
  setFields({ ...readPermalink(location.hash), ...remembered() });
  applyTheme();
  followAddress();
  followWords();
  askBeforeLeaving();
  // Asking for an adapter starts the browser's graphics process: the first picture goes before it.
  await showRecording();
  const capability = await findCapability();
  useStudio.setState({ capability });
  try {
    await describeBundle();
  } catch (error) {
    if (capability.kind === 'ready') report(error, () => void describeBundle().catch(report));
  }
  void offerUnfinished().catch(report);
  const { purgeDeleted } = await import('../../storage/purge');
  await purgeDeleted(Date.now() - UNDO_TIME);
  const { keepsRecords } = await import('../../storage/database');
  useStudio.setState({ keepsRecords: keepsRecords() });
}
