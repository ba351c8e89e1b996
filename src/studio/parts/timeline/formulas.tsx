/** @file The formulas of the timeline's pictures in MathML, each with the place in the code that computes it. */
import type { ReactNode } from 'react';

export interface Formula {
  math: ReactNode;
  /** Read instead of the symbols. */
  spoken: string;
  /** What computes it, and where. */
  code: { name: string; file: string };
}

const x = (sub: string) => (
  <msub>
    <mi>x</mi>
    {/\d/.test(sub) ? <mn>{sub}</mn> : <mi>{sub}</mi>}
  </msub>
);
const sigma = (sub: string) => (
  <msub>
    <mi>σ</mi>
    <mi>{sub}</mi>
  </msub>
);
const xHat = (
  <msub>
    <mover accent="true">
      <mi>x</mi>
      <mo>^</mo>
    </mover>
    <mn>0</mn>
  </msub>
);

export const FORMULAS: Record<'clean' | 'injected' | 'recovered' | 'oneStep', Formula> = {
  clean: {
    math: (
      <math>
        {x('0')}
        <mo>=</mo>
        <mi>ε</mi>
        <mo>+</mo>
        <mo>∑</mo>
        <mi>Δσ</mi>
        <mspace width="0.15em" />
        <mi>v</mi>
      </math>
    ),
    spoken: 'x zero is the noise epsilon plus the sum of the sampler’s steps, delta sigma times v',
    code: { name: 'Sampler', file: 'align/pipeline.ts' },
  },
  injected: {
    math: (
      <>
        <math>
          {x('s')}
          <mo>=</mo>
          {sigma('s')}
          <mi>ε</mi>
        </math>
        <math>
          <mspace width="1em" />
          <mo>+</mo>
          <mo>(</mo>
          <mn>1</mn>
          <mo>−</mo>
          {sigma('s')}
          <mo>)</mo>
          {x('0')}
        </math>
      </>
    ),
    spoken: 'x s is sigma s times epsilon plus one minus sigma s times x zero',
    code: { name: 'injectionCoefficients', file: 'methods/direct-align/recovery.ts' },
  },
  recovered: {
    math: (
      <>
        <math>
          {xHat}
          <mo>=</mo>
          <mfrac>
            <mrow>
              {x('r')}
              <mo>−</mo>
              {sigma('r')}
              <mi>ε</mi>
            </mrow>
            <mrow>
              <mn>1</mn>
              <mo>−</mo>
              {sigma('r')}
            </mrow>
          </mfrac>
        </math>
        <math>
          {x('r')}
          <mo>=</mo>
          {x('s')}
          <mo>+</mo>
          <mo>(</mo>
          {sigma('r')}
          <mo>−</mo>
          {sigma('s')}
          <mo>)</mo>
          <mi>v</mi>
        </math>
      </>
    ),
    spoken:
      'x zero hat is x r minus sigma r times epsilon, divided by one minus sigma r, where x r is x s plus sigma r minus sigma s times v',
    code: { name: 'recoveryCoefficients', file: 'methods/direct-align/recovery.ts' },
  },
  oneStep: {
    math: (
      <math>
        {xHat}
        <mo>=</mo>
        {x('s')}
        <mo>−</mo>
        {sigma('s')}
        <mi>v</mi>
      </math>
    ),
    spoken: 'x zero hat is x s minus sigma s times v',
    code: { name: 'stepCoefficients', file: 'methods/direct-align/recovery.ts' },
  },
};
