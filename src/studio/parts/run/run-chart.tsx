/** @file A chart of the run on the page, with the cursor's step and the places where control words changed as marks. */
import { setStep } from '../../state/playback';
import { cursorStepOf, useStudio, viewOf } from '../../state/store';
import { Chart, type ChartProps } from '../chart';

export function RunChart(props: Pick<ChartProps, 'title' | 'steps' | 'series' | 'log'>) {
  const cursor = useStudio(cursorStepOf);
  const changes = useStudio((state) => viewOf(state)?.wordChanges);
  const marks = [
    ...(changes ?? []).map(({ step }) => ({ at: step, color: '--warn', dash: [3, 3] })),
    { at: cursor, color: '--accent' },
  ];
  return <Chart {...props} cursor={cursor} marks={marks} onPick={setStep} />;
}
