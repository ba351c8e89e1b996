/** @file Twelve pictures of the set that comes with the studio, with the captions that become prompts. */
import data from '../../../lessons/data/own-pictures.json';
import sheet from '../../../lessons/data/own-pictures.webp';
import { useMark } from '../../../state/store';
import './words.css';

const ACROSS = 6;

export function OwnPictures() {
  const marked = useMark('set');
  return (
    <section className="score-words panel" aria-labelledby="own-pictures-title">
      <h3 id="own-pictures-title">Twelve of the hundred pictures in the sample set “3d-render”</h3>
      <ul className="sw-pictures" data-mark={marked}>
        {data.captions.map((caption, i) => (
          <li key={caption}>
            <div
              className="sw-picture"
              role="img"
              aria-label={caption}
              style={{
                backgroundImage: `url(${sheet})`,
                backgroundPosition: `${(100 * (i % ACROSS)) / (ACROSS - 1)}% ${100 * Math.floor(i / ACROSS)}%`,
              }}
            />
            <span aria-hidden="true">{caption}</span>
          </li>
        ))}
      </ul>
      <p className="note">
        The captions name things, not the style: what all pictures have in common is what the run is to learn. The base
        was trained on these sets, so they show that it works, not how it generalises.
      </p>
    </section>
  );
}
