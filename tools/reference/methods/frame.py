"""What every method shares: the rollout's grid, velocities with and without guidance, rewards and their forms."""

import torch

from sampler import sigmas_of

FORMS = ("relative", "positive", "prompt")


class Frame:
    """One update of a run on a bundle.

    noise: packed ε [n, tokens, channels]. extra: further noise by name (`renoise`, `sde`, `target`). The rows' prompts
    are the run's first n, or in groups of `group` rows one prompt a group. Words are those of update 0.
    """

    def __init__(self, bundle, run, noise, lora, extra=None, old=None):
        self.bundle, self.run, self.lora, self.old = bundle, run, lora, old
        self.options = run.get("options", {})
        self.noise = noise.to(bundle.dtype)
        self.extra = {name: tensor.to(bundle.dtype) for name, tensor in (extra or {}).items()}
        self.guidance = run["rollout"]["guidance"]
        self.sigmas = sigmas_of(bundle, run["rollout"]["steps"])
        self.last = len(self.sigmas) - 2
        n = len(self.noise)
        prompts = run["prompts"]
        self.group = self.options.get("group", 8) if run["method"] in ("grpo", "nft") else 1
        self.prompts = [prompts[(i // self.group) % len(prompts)] for i in range(n)]
        self.tokens, self.pooled = bundle.encode_text(self.prompts)
        self.empty = bundle.encode_text([""] * n)

    def delta(self, i):
        return self.sigmas[i + 1] - self.sigmas[i]

    def velocity(self, x, sigma):
        """The conditional velocity; its rows are the frame's, over and over where x has more."""
        copies = len(x) // len(self.prompts)
        return self.bundle.velocity(
            x, sigma, self.tokens.repeat(copies, 1, 1), self.pooled.repeat(copies, 1), self.guidance
        )

    def guided(self, x, sigma):
        """The velocity of a call that carries no gradient: classifier-free guided where the model embeds no guidance."""
        with torch.no_grad():
            v = self.velocity(x, sigma)
            if not self.bundle.has_guidance:
                unconditional = self.bundle.velocity(x, sigma, *self.empty, self.guidance)
                v = unconditional + self.guidance * (v - unconditional)
            return v

    def rollout(self, to=None):
        """[x_0, …, x_to] by Euler steps without gradient; all N of them by default."""
        trajectory = [self.noise]
        for i in range(self.last + 1 if to is None else to):
            x = trajectory[-1]
            trajectory.append(x + self.delta(i) * self.guided(x, self.sigmas[i]))
        return trajectory

    def rewards(self, image):
        """{reward's name: r [rows]}, and the first tower's features. κ is 0 outside SRPO and Direct-Align, and a head that
        knows no words gives its score brought to 0 … 1."""
        settings = self.run["reward"]
        form = settings.get("form", "relative")
        copies = len(image) // len(self.prompts)
        pooled = lambda word: self.bundle.encode_text(  # noqa: E731
            [p if word is None else f"{word}. {p}" for p in self.prompts] * copies
        )[1]
        scores, first = {}, None
        for name in self.shares():
            reward = self.bundle.reward(name)
            features = reward.image_features(image)
            first = features if first is None else first
            if hasattr(reward, "score"):
                scores[name] = reward.score(features)
                continue
            text = lambda word: reward.text_features(pooled(word))  # noqa: E731
            wanted, unwanted = settings["positive"][0], settings["negative"][0]
            target = {
                "relative": lambda: text(wanted) - text(unwanted),
                "positive": lambda: text(wanted),
                "prompt": lambda: text(None),
            }[form]()
            scores[name] = (features * target).sum(-1)
        return scores, first

    def shares(self):
        """{reward's name: its share}; shares add up to 1."""
        model = self.run["reward"]["model"]
        weights = model if isinstance(model, dict) else {model: 1}
        return {name: weight / sum(weights.values()) for name, weight in weights.items()}

    def reward(self, image):
        """The weighted mean r [rows], and the first tower's features."""
        scores, features = self.rewards(image)
        return sum(share * scores[name] for name, share in self.shares().items()), features

    def direct_loss(self, reward):
        """Mean over rows of max(0, margin − r)."""
        return (self.run["reward"]["margin"] - reward).clamp(min=0).mean()

    def advantages(self, image):
        """Advantage [rows] and reward [rows]: within each group and for each reward, (R − mean)/(std + 1e-4) clipped to
        ±5, std with divisor n; then the weighted sum over rewards."""
        with torch.no_grad():
            scores, _ = self.rewards(image)
        advantage = 0
        for name, share in self.shares().items():
            groups = scores[name].reshape(-1, self.group)
            spread = groups.std(1, unbiased=False, keepdim=True) + 1e-4
            normalised = ((groups - groups.mean(1, keepdim=True)) / spread).clamp(-5, 5)
            advantage = advantage + share * normalised.reshape(-1)
        return advantage, sum(share * scores[name] for name, share in self.shares().items())
