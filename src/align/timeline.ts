/**
 * @file The timeline: one picture seen at every noise level.
 *
 * For each sigma: the injected picture, the Direct-Align recovery, the ordinary one-step prediction
 * x_s − σ_s·v that ReFL scores, and what the reward says of both.
 */
import type { Compiled } from '../compiler/compiled';
import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';
import type { Column } from '../formats/timeline';
import { input, type Value } from '../graph/graph';
import { kappaAt, sigmaStep } from '../methods/direct-align/levels';
import { gamma, injectionCoefficients, recoveryCoefficients, stepCoefficients } from '../methods/direct-align/recovery';
import { repeatRows } from '../methods/rows';
import { decode } from '../models/autoencoder-tiny';
import { sinusoidal } from '../models/flux';
import { clamp } from '../ops/clamp';
import { rowCombine } from '../ops/row-combine';
import type { RewardMixture } from '../rewards/mixture';
import { type FloatPicture, picturesOf } from './picture';
import { type DeviceLora, latents, type Pipeline, velocity } from './pipeline';

export type TimelineColumn = Column<FloatPicture>;

/** The picture that is seen, with the words that it is judged by. */
export interface TimelineSubject {
  prompt: string;
  /** [image tokens, in_channels] */
  noise: Float32Array;
  x0: Float32Array;
  positive: string;
  negative: string;
  sigmas: readonly number[];
}

/** @throws UserError where a reward or a penalty is not finite */
function checkFinite({ sigma, reward, penalty, rewardOneStep, penaltyOneStep }: TimelineColumn): void {
  if ([reward, penalty, rewardOneStep, penaltyOneStep].every(Number.isFinite)) return;
  throw new UserError(
    `The timeline's reward at noise level ${sigma.toFixed(2)} is not finite: the LoRA is too strong for it, or weights of base or reward are damaged; take an earlier LoRA or another base.`,
  );
}

/** Draws timelines with one LoRA, a few columns at a time. */
export class TimelineDrawer {
  private constructor(
    private readonly pipeline: Pipeline,
    private readonly run: RunFile,
    private readonly rewards: RewardMixture,
    private readonly rows: number,
    private readonly program: Compiled,
  ) {}

  static async create(
    pipeline: Pipeline,
    run: RunFile,
    rewards: RewardMixture,
    lora: DeviceLora | null,
    rows = 4,
  ): Promise<TimelineDrawer> {
    const { model } = pipeline;
    const { bundle, vae, grid } = model;
    const noise = latents(model, rows, 'noise');
    const xs = rowCombine(input('injection', [rows, 2]), [noise, latents(model, rows, 'x0')]);
    const v = velocity(model, lora?.layout ?? null, rows, xs);
    const x0Hat = rowCombine(input('recovery', [rows, 3]), [xs, v, noise]);
    const oneStep = rowCombine(input('step', [rows, 2]), [xs, v]);
    const picture = (x: Value) => clamp(decode(bundle.vae, vae, x, grid), 0, 1);
    const outputs: Record<string, Value> = {
      injected: picture(xs),
      recovered: picture(x0Hat),
      oneStep: picture(oneStep),
    };
    for (const name of ['recovered', 'oneStep']) {
      const { features } = rewards.trace(outputs[name]);
      for (const [tower, f] of features) outputs[`${name}.${tower}`] = f;
    }
    const program = await pipeline.compile(outputs, rewards.scopes, lora);
    return new TimelineDrawer(pipeline, run, rewards, rows, program);
  }

  /**
   * All columns of one picture.
   * @param onColumns called with how many are done
   * @throws UserError where a reward is not finite
   */
  async draw(of: TimelineSubject, onColumns?: (done: number, total: number) => void): Promise<TimelineColumn[]> {
    const { program, rows, run, pipeline } = this;
    const { width, height } = pipeline.model.bundle.image;
    const text = await pipeline.encode([of.prompt]);
    const wanted = await pipeline.encode([`${of.positive}. ${of.prompt}`], true);
    const unwanted = await pipeline.encode([`${of.negative}. ${of.prompt}`], true);
    program.write('tokens', repeatRows(text.tokens, rows));
    program.write('pooled', repeatRows(text.pooled, rows));
    if (program.has('guidance')) program.write('guidance', repeatRows(sinusoidal([run.rollout.guidance]), rows));
    program.write('noise', repeatRows(of.noise, rows));
    program.write('x0', repeatRows(of.x0, rows));

    const columns: TimelineColumn[] = [];
    const delta = sigmaStep(run);
    for (let first = 0; first < of.sigmas.length; first += rows) {
      // A short last batch repeats its last column.
      const sigmas = Array.from({ length: rows }, (_, i) => of.sigmas[Math.min(first + i, of.sigmas.length - 1)]);
      const recovered = sigmas.map((s) => Math.max(s - delta, 0));
      const perRow = (f: (sigma: number, i: number) => number[]) => Float32Array.from(sigmas.flatMap(f));
      program.write('time', sinusoidal(sigmas));
      program.write(
        'injection',
        perRow((s) => injectionCoefficients(s)),
      );
      program.write(
        'recovery',
        perRow((s, i) => recoveryCoefficients(s, recovered[i])),
      );
      program.write(
        'step',
        perRow((s) => stepCoefficients(s, 0)),
      );
      await program.runAndWait();
      const read = async (name: string) => picturesOf(await program.read(name), width, height);
      const [injected, clean, oneStep] = [await read('injected'), await read('recovered'), await read('oneStep')];
      const scores = await this.scores(wanted.pooled, unwanted.pooled);
      for (let i = 0; i < rows && first + i < of.sigmas.length; i++) {
        const kappa = kappaAt(run, recovered[i]);
        columns.push({
          sigma: sigmas[i],
          sigmaRecovered: recovered[i],
          gamma: gamma(sigmas[i], recovered[i]),
          kappa,
          reward: (1 + kappa) * scores.recovered[i].wanted,
          penalty: scores.recovered[i].unwanted,
          rewardOneStep: (1 + kappa) * scores.oneStep[i].wanted,
          penaltyOneStep: scores.oneStep[i].unwanted,
          injected: injected[i],
          recovered: clean[i],
          oneStep: oneStep[i],
        });
        checkFinite(columns[columns.length - 1]);
      }
      onColumns?.(columns.length, of.sigmas.length);
    }
    return columns;
  }

  /** f·C₊ and f·C₋ of each row, mixed over the text-conditioned rewards. */
  private async scores(wanted: Float32Array, unwanted: Float32Array) {
    const scored: Record<'recovered' | 'oneStep', { wanted: number; unwanted: number }[]> = {
      recovered: [],
      oneStep: [],
    };
    const text = this.rewards.parts.filter(({ reward }) => reward.text);
    const shares = text.reduce((sum, r) => sum + r.share, 0);
    for (const of of ['recovered', 'oneStep'] as const) {
      const rows = Array.from({ length: this.rows }, () => ({ wanted: 0, unwanted: 0 }));
      for (const { reward, share } of text) {
        const features = await this.program.read(`${of}.${reward.tower.name}`);
        const plus = reward.text!(wanted);
        const minus = reward.text!(unwanted);
        rows.forEach((row, i) => {
          for (let p = 0; p < plus.length; p++) {
            row.wanted += (share / shares) * features[i * plus.length + p] * plus[p];
            row.unwanted += (share / shares) * features[i * plus.length + p] * minus[p];
          }
        });
      }
      scored[of] = rows;
    }
    return scored;
  }

  destroy(): void {
    this.program.destroy();
  }
}
