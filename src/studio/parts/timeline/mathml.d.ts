/** @file The MathML elements that the formulas use; React renders them, its types do not know them yet. */
import type { DetailedHTMLProps, HTMLAttributes } from 'react';

type MathElement = DetailedHTMLProps<HTMLAttributes<MathMLElement>, MathMLElement>;

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      math: MathElement;
      mfrac: MathElement;
      mi: MathElement;
      mn: MathElement;
      mo: MathElement;
      mover: MathElement & { accent?: 'true' };
      mrow: MathElement;
      mspace: MathElement & { width?: string };
      msub: MathElement;
    }
  }
}
