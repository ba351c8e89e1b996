import { expect, test } from 'vitest';
import { metricsCsv } from './metrics-csv';

test('one line an update, text quoted where it must be', () => {
  const csv = metricsCsv([
    {
      step: 1,
      sigmaIndex: 5,
      sigma: 0.7,
      rewardDenoise: 0.1,
      rewardInversion: -0.1,
      lossDenoise: 0.3,
      lossInversion: null,
      gradNorm: 2,
      saturation: 0.5,
      positive: 'big, "red"',
      negative: 'flat',
      seconds: 1.5,
    },
  ]);
  const [head, line, end] = csv.split('\r\n');
  expect(head.split(',')).toHaveLength(12);
  expect(line).toBe('1,5,0.7,0.1,-0.1,0.3,,2,0.5,"big, ""red""",flat,1.5');
  expect(end).toBe('');
});
