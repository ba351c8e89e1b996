/** @file The about box: what this is, the bundle's attribution and licence, and the keyboard shortcuts. */
import { ACTIONS } from '../actions';
import { labelOf } from '../actions/action';
import { useOwnModel } from '../actions/use-own-model';
import { printShortcut } from '../keyboard/shortcuts';
import { getState, useField, useStudio } from '../state/store';
import { ActionButton } from './action-button';
import { Dialog } from './dialog';
import './about.css';

export default function About() {
  const bundle = useStudio((state) => state.bundle);
  const [letterKeys, setLetterKeys] = useField('letterKeys');
  return (
    <Dialog title="About Direct-Align Studio" className="about">
      <p>
        Aligns a small diffusion model with a reward, in this browser, on your own GPU. Nothing leaves this computer:
        prompts, pictures and LoRAs stay in the browser’s storage until you export them.
      </p>
      <p>
        It trains with Direct-Align and SRPO (Shen and others, 2025, arXiv 2509.06942), written anew from the paper’s
        formulas. The studio’s own code is under the MIT licence.
      </p>
      <p>
        How fast it is on this machine, beside other WebGPU libraries: <a href="bench.html">measure it</a>.
      </p>
      <h3>The base model</h3>
      {bundle ? (
        <>
          <p>
            <b>{bundle.name}</b>, version {bundle.version}
            {bundle.licence && `, licence ${bundle.licence}`}. {(bundle.parameters / 1e6).toFixed(1)} million
            parameters, pictures of {bundle.imageWidth} × {bundle.imageHeight} pixels.
          </p>
          {bundle.attribution.length > 0 && (
            <>
              <p>Made from, with thanks:</p>
              <ul>
                {bundle.attribution.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </>
          )}
        </>
      ) : (
        <p className="note">No bundle has been read yet.</p>
      )}
      <p>
        <ActionButton action={useOwnModel} />
      </p>
      <h3>Keyboard</h3>
      <label className="check">
        <input type="checkbox" checked={letterKeys} onChange={(event) => setLetterKeys(event.target.checked)} />
        Single letters and digits are shortcuts
      </label>
      <table className="shortcuts">
        <tbody>
          {ACTIONS.filter((action) => action.shortcut).map((action) => (
            <tr key={action.id}>
              <th scope="row">{labelOf(action, getState())}</th>
              <td>
                <kbd>{printShortcut(action.shortcut!)}</kbd>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
