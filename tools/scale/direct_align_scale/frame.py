"""What every method shares in one update: velocities, the rollout, rewards and their loss.

A process has `n` rows of the batch; what carries a gradient goes through them in slices, so that memory does not grow with
n, and their gradients add up.
"""

import torch

from .rewards import rewards_of

MOST = 5


class Frame:
    """noise: packed ε [n, tokens, channels]. extra: further noise by kind, [copies, n, tokens, channels]. words: the positive
    and the negative word of this update. x0: clean latents where pictures are given. gather: rows of all processes in
    order, given this one's. at_once: rows of a slice."""

    def __init__(self, base, run, prompts, words, noise, extra=None, x0=None, gather=lambda rows: rows, at_once=None):
        self.base, self.run, self.prompts, self.words = base, run, prompts, words
        self.options = run["options"]
        self.noise, self.extra, self.x0 = noise, extra or {}, x0
        self.n = len(prompts)
        self.sigmas = base.sigmas(run["rollout"]["steps"])
        self.steps = len(self.sigmas) - 1
        self.gather = gather
        self.at_once = at_once or self.n
        self.loss_sum = 0.0
        self.kept = {}

    def delta(self, i):
        return self.sigmas[i + 1] - self.sigmas[i]

    def slices(self):
        return [slice(at, min(at + self.at_once, self.n)) for at in range(0, self.n, self.at_once)]

    def velocity(self, x, sigma, rows):
        """The conditional velocity of these rows, with a gradient."""
        return self.base.velocity(x, sigma, self.prompts[rows], self.run["rollout"]["guidance"])

    @torch.no_grad()
    def still(self, x, sigma, rows=None, guided=True, lora="own"):
        """A velocity without a gradient, of all rows by default; classifier-free guided where the model embeds no guidance."""
        if rows is None:
            return torch.cat([self.still(x[part], sigma, part, guided, lora) for part in self.slices()])
        guidance = self.run["rollout"]["guidance"]
        with self.base.adapter.holding(lora):
            v = self.velocity(x, sigma, rows)
            if guided and not self.base.has_guidance:
                empty = self.base.velocity(x, sigma, [""] * len(x), guidance)
                v = empty + guidance * (v - empty)
        return v

    def rollout(self, to=None, lora="own"):
        """[x_0, …, x_to] by Euler steps without a gradient; all of them by default."""
        trajectory = [self.noise]
        for i in range(self.steps if to is None else to):
            x = trajectory[-1]
            trajectory.append(x + self.delta(i) * self.still(x, self.sigmas[i], lora=lora))
        return trajectory

    def loss(self, x0, rows, kappa=0.0, swapped=False, weight=1.0, key="reward"):
        """weight · mean over the process's rows of max(0, margin − r), these rows' part of it. Rewards are kept by `key`."""
        scores = self._scores(x0, rows, kappa, swapped)
        r = sum(share * scores[name] for name, share in self.base.rewards.shares.items())
        self.kept.setdefault(key, []).append(r.detach())
        return self.counted((self.run["reward"]["margin"] - r).clamp(min=0).sum() * (weight / self.n))

    def counted(self, loss):
        """Adds to what the update reports as its loss."""
        self.loss_sum += loss.item()
        return loss

    def upstream(self, x0, rows):
        """dL/dx0 of finished latents."""
        x0 = x0.detach().requires_grad_()
        return torch.autograd.grad(self.loss(x0, rows), x0)[0]

    def backward(self, value, upstream=None):
        value.backward(upstream)

    @torch.no_grad()
    def advantages(self, x0):
        """Advantage [n] of this process's rows, and the mean spread within a group of the whole batch.

        Within each group and for each reward (R − mean)/(std + 1e-4) clipped to ±5, std with divisor n; then the weighted
        sum over rewards. Groups may lie over several processes.
        """
        parts = [self._scores(x0[rows], rows, 0.0, False) for rows in self.slices()]
        group, total, advantage = self.options["group"], 0.0, 0.0
        for name, share in self.base.rewards.shares.items():
            mine = torch.cat([part[name] for part in parts])
            scores = self.gather(mine).reshape(-1, group)
            off = scores - scores.mean(1, keepdim=True)
            spread = scores.std(1, unbiased=False, keepdim=True)
            equal = (scores == scores[:, :1]).all(1, keepdim=True)
            normalised = torch.where(equal, 0.0, off / (spread + 1e-4)).clamp(-MOST, MOST)
            advantage = advantage + share * normalised.reshape(-1)
            total = total + share * scores
            self.kept.setdefault("reward", []).append(share * mine)
        self.kept["reward"] = [sum(self.kept["reward"])]
        return self.base.mine(advantage, self.n), total.std(1, unbiased=False).mean().item()

    def _scores(self, x0, rows, kappa, swapped):
        return rewards_of(self.base, x0, self.prompts[rows], self.words, self.run["reward"]["form"], kappa, swapped)

    def mean_reward(self, key=None):
        """Mean over this process's rows; of the first kind by default."""
        key = next(iter(self.kept)) if key is None else key
        return torch.cat(self.kept[key]).mean().item()
