/** @file The few pictograms of the studio, drawn as strokes in the colour of the text. */
const icon = (path: string, fill = false) => (
  <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" className={fill ? 'icon fill' : 'icon'}>
    <path d={path} />
  </svg>
);

export const PlayIcon = () => icon('M5 3.2v9.6l8-4.8z', true);
export const PauseIcon = () => icon('M4.5 3h2.5v10H4.5zM9 3h2.5v10H9z', true);
export const BackIcon = () => icon('M10 3.5 5.5 8l4.5 4.5');
export const ForwardIcon = () => icon('M6 3.5 10.5 8 6 12.5');
export const SlowIcon = () => icon('M8 4.5V8l2.5 1.5M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z');
export const ThemeIcon = () => icon('M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 2v12M8 5l4-1.5M8 8h6M8 11l4 1.5');
export const SearchIcon = () => icon('M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3 14 14');
export const InfoIcon = () => icon('M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 7.2V11M8 4.9v.2');
export const LinkIcon = () =>
  icon('M6.5 9.5l3-3M7 4.5l1.3-1.3a3 3 0 0 1 4.5 4.3L11.5 9M9 11.5l-1.3 1.3a3 3 0 0 1-4.5-4.3L4.5 7');
export const ImportIcon = () => icon('M2 12.8V3.8h4l1.5 1.8H14v7.2zM2 8h12');
export const MoreIcon = () => icon('M3.5 8h.01M8 8h.01M12.5 8h.01');

export const Logo = () => (
  <svg viewBox="0 0 20 20" width="22" height="22" aria-hidden="true" className="logo">
    <circle cx="4" cy="10" r="2.4" />
    <circle cx="16" cy="10" r="2.4" className="solid" />
    <path d="M6.5 8.5C9 4.5 11 4.5 13.5 8.5M6.5 11.5c2.5 4 4.5 4 7 0" />
  </svg>
);
