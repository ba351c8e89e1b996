/** @file What happens once when the page opens: state from the address, the recorded run, what the browser can do. */
import { showRecording } from '../recording/show-recording';
import { describeBundle } from '../remote/bundle';
import { listen } from '../remote/messages';
import { receive } from '../remote/receive';
import { report } from '../remote/report';
import { followStoredFrames } from '../remote/stored-frames';
import { findCapability } from '../state/capability';
import { getState, setFields, useStudio } from '../state/store';
import { followAddress, openLink } from './address';
import { followWords } from './follow-words';
import { askBeforeLeaving } from './leaving';
import { replacedReward, stepSentence, tell } from './link-notice';
import { notifyAtEnd } from './notify-end';
import { offerUnfinished } from './offer-unfinished';
import { applyTheme } from './theme';

/** How long a deleted run or LoRA can be brought back, in milliseconds. */
const UNDO_TIME = 24 * 3600 * 1000;

export async function startUp(): Promise<void> {
  listen(receive);
  openLink(location.hash);
  applyTheme();
  followAddress();
  followWords();
  followStoredFrames();
  askBeforeLeaving();
  notifyAtEnd();
  // Asking for an adapter starts the browser's graphics process: the first picture goes before it.
  await showRecording();
  tell(stepSentence(getState()));
  const capability = await findCapability();
  useStudio.setState({ capability });
  try {
    await describeBundle();
    const replaced = replacedReward(getState());
    if (replaced && !getState().live) {
      setFields({ reward: replaced.reward });
      tell(replaced.sentence);
    }
  } catch (error) {
    if (capability.kind === 'ready') report(error, () => void describeBundle().catch(report));
  }
  void offerUnfinished().catch(report);
  const { purgeDeleted } = await import('../../storage/purge');
  await purgeDeleted(Date.now() - UNDO_TIME);
  const { keepsRecords } = await import('../../storage/database');
  useStudio.setState({ keepsRecords: keepsRecords() });
}
