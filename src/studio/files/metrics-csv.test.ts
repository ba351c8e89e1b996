import { expect, test } from 'vitest';
import { metricsCsv } from './metrics-csv';

const common = { reward: 0.1, loss: 0.3, gradNorm: 2, saturation: 0.5, negative: 'flat', seconds: 1.5 };

test('one line an update, text and plan quoted where they must be', () => {
  const csv = metricsCsv([
    { step: 1, plan: { sigmaIndex: 5 }, ...common, rewardInversion: null, positive: 'big, "red"' },
    { step: 2, plan: { sigmaIndex: 9 }, ...common, rewardInversion: -0.1, positive: 'big', kl: 3 },
  ]);
  const [head, ...lines] = csv.split('\r\n');
  expect(head).toBe('step,plan,reward,loss,gradNorm,saturation,negative,seconds,rewardInversion,positive,kl');
  expect(lines).toEqual([
    '1,"{""sigmaIndex"":5}",0.1,0.3,2,0.5,flat,1.5,,"big, ""red""",',
    '2,"{""sigmaIndex"":9}",0.1,0.3,2,0.5,flat,1.5,-0.1,big,3',
    '',
  ]);
});
