/**
 * @file The timeline: one picture seen at every noise level, as the run's method sees it.
 *
 * For each sigma: the injected picture, the ordinary one-step prediction x_s − σ_s·v, the Direct-Align recovery where the
 * method has one, and what the run's reward says of what the method shows it.
 */
import type { Compiled } from '../compiler/compiled';
import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';
import type { Column } from '../formats/timeline';
import { input, type Value } from '../graph/graph';
import { methodOf } from '../methods';
import { kappaAt, sigmaStep } from '../methods/direct-align/levels';
import { injectionCoefficients, recoveryCoefficients, stepCoefficients } from '../methods/direct-align/recovery';
import type { Method } from '../methods/method';
import { rewardRow } from '../methods/reward-form';
import { repeatRows } from '../methods/rows';
import { rowCombine } from '../ops/row-combine';
import type { RewardMixture } from '../rewards/mixture';
import { latents, picture, velocity } from './model';
import { type FloatPicture, picturesOf } from './picture';
import { type DeviceLora, type Pipeline, writeText } from './pipeline';
import { TimelineScores } from './timeline-scores';

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
  if ([reward, penalty, rewardOneStep, penaltyOneStep].every((v) => v === null || Number.isFinite(v))) return;
  throw new UserError(
    `The timeline's reward at noise level ${sigma.toFixed(2)} is not finite: the LoRA is too strong for it, or weights of base or reward are damaged; take an earlier LoRA or another base.`,
  );
}

/** Draws timelines with one LoRA, a few columns at a time. */
export class TimelineDrawer {
  private constructor(
    private readonly pipeline: Pipeline,
    private readonly run: RunFile,
    private readonly method: Method,
    private readonly scores: TimelineScores,
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
    const method = methodOf(run.method);
    const noise = latents(model, rows, 'noise');
    const xs = rowCombine(input('injection', [rows, 2]), [noise, latents(model, rows, 'x0')]);
    const v = velocity(model, lora?.layout ?? null, rows, xs);
    const outputs: Record<string, Value> = {
      injected: picture(model, xs),
      oneStep: picture(model, rowCombine(input('step', [rows, 2]), [xs, v])),
    };
    if (method.timeline.sees === 'recovery') {
      outputs.recovered = picture(model, rowCombine(input('recovery', [rows, 3]), [xs, v, noise]));
    }
    const scores = new TimelineScores(rewards);
    for (const name of ['recovered', 'oneStep'] as const) {
      if (outputs[name]) Object.assign(outputs, scores.trace(name, outputs[name]));
    }
    const program = await pipeline.compile(outputs, rewards.scopes, lora);
    return new TimelineDrawer(pipeline, run, method, scores, rows, program);
  }

  /**
   * All columns of one picture.
   * @param onColumns called with how many are done
   * @throws UserError where a reward is not finite
   */
  async draw(of: TimelineSubject, onColumns?: (done: number, total: number) => void): Promise<TimelineColumn[]> {
    const { sees } = this.method.timeline;
    // At σ = 0 one step is the finished picture itself: its reward is that of every column.
    const sigmas = sees === 'picture' ? [...of.sigmas, 0] : of.sigmas;
    await this.#writeSubject(of);
    const columns: TimelineColumn[] = [];
    for (let first = 0; first < sigmas.length; first += this.rows) {
      columns.push(...(await this.#batch(of, sigmas.slice(first, first + this.rows))));
      onColumns?.(Math.min(columns.length, of.sigmas.length), of.sigmas.length);
    }
    if (sees !== 'picture') return columns;
    const finished = columns.pop()!;
    const { rewardOneStep: reward, penaltyOneStep: penalty } = finished;
    return columns.map((column) => ({ ...column, reward, penalty }));
  }

  async #writeSubject({ prompt, noise, x0 }: TimelineSubject): Promise<void> {
    const { program, rows, run, pipeline } = this;
    const text = await pipeline.encode([prompt]);
    const ofEach = { tokens: repeatRows(text.tokens, rows), pooled: repeatRows(text.pooled, rows) };
    writeText(program, ofEach, rows, run.rollout.guidance);
    program.write('noise', repeatRows(noise, rows));
    program.write('x0', repeatRows(x0, rows));
  }

  /** The columns of as many levels as a run of the program has rows, or fewer. */
  async #batch(of: TimelineSubject, wanted: readonly number[]): Promise<TimelineColumn[]> {
    const { program, rows, run, pipeline, method } = this;
    const { width, height } = pipeline.model.bundle.image;
    const recovers = method.timeline.sees === 'recovery';
    const delta = sigmaStep(run);
    // A short last batch repeats its last column.
    const sigmas = Array.from({ length: rows }, (_, i) => wanted[Math.min(i, wanted.length - 1)]);
    const recovered = sigmas.map((sigma) => Math.max(sigma - delta, 0));
    const perRow = (f: (sigma: number, i: number) => number[]) => Float32Array.from(sigmas.flatMap(f));
    const levels = sigmas.map((sigma) => ({ prompt: of.prompt, sigma }));
    await pipeline.writeLevels(program, levels, run.rollout.guidance);
    const injection = perRow((sigma) => injectionCoefficients(sigma));
    program.write('injection', injection);
    const step = perRow((sigma) => stepCoefficients(sigma, 0));
    program.write('step', step);
    if (recovers) {
      const recovery = perRow((sigma, i) => recoveryCoefficients(sigma, recovered[i]));
      program.write('recovery', recovery);
    }
    const kappas = recovered.map((sigma) => (recovers ? kappaAt(run, sigma) : 0));
    const { positive, negative } = of;
    const reward = kappas.map((kappa) => rewardRow(run.reward.form, of.prompt, { positive, negative }, kappa));
    await this.scores.write(program, pipeline, reward);
    await program.runAndWait();
    const read = async (name: string) => picturesOf(await program.read(name), width, height);
    const [injected, oneStep] = [await read('injected'), await read('oneStep')];
    const clean = recovers ? await read('recovered') : null;
    const ofStep = await this.scores.read(program, pipeline, 'oneStep', reward);
    const seen = recovers ? await this.scores.read(program, pipeline, 'recovered', reward) : ofStep;
    return wanted.map((sigma, i) => {
      const column: TimelineColumn = {
        sigma,
        sigmaRecovered: recovers ? recovered[i] : null,
        gamma: method.timeline.gamma(run, sigma),
        kappa: kappas[i],
        reward: seen[i].reward,
        penalty: seen[i].penalty,
        rewardOneStep: ofStep[i].reward,
        penaltyOneStep: ofStep[i].penalty,
        injected: injected[i],
        oneStep: oneStep[i],
        ...(clean && { recovered: clean[i] }),
      };
      checkFinite(column);
      return column;
    });
  }

  destroy(): void {
    this.program.destroy();
  }
}
