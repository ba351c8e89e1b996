import { expect, test } from 'vitest';
import { parseRunFile } from '../../methods/run-file';
import { metricsCsv } from './metrics-csv';

const common = { reward: 0.1, loss: 0.3, gradNorm: 2, saturation: 0.5, negative: 'flat', seconds: 1.5 };
const run = parseRunFile({ version: 1, prompts: ['cat'], reward: { positive: ['big, "red"'], negative: ['flat'] } });

test('one line an update, text and plan quoted where they must be; all words in force at the update', () => {
  const csv = metricsCsv(
    [
      { step: 1, plan: { sigmaIndex: 5 }, ...common, rewardInversion: null, positive: 'big, "red"' },
      { step: 2, plan: { sigmaIndex: 9 }, ...common, rewardInversion: -0.1, positive: 'big', kl: 3 },
    ],
    { run, wordChanges: [{ step: 1, positive: ['big', 'blue'], negative: ['flat'] }] },
  );
  const [head, ...lines] = csv.split('\r\n');
  const columns = 'step,plan,reward,loss,gradNorm,saturation,negative,seconds,rewardInversion,positive';
  expect(head).toBe(`${columns},positiveWords,negativeWords,kl`);
  expect(lines).toEqual([
    '1,"{""sigmaIndex"":5}",0.1,0.3,2,0.5,flat,1.5,,"big, ""red""","[""big, \\""red\\""""]","[""flat""]",',
    '2,"{""sigmaIndex"":9}",0.1,0.3,2,0.5,flat,1.5,-0.1,big,"[""big"",""blue""]","[""flat""]",3',
    '',
  ]);
});
