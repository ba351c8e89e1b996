"""Every alignment method but Direct-Align and SRPO (probe.py), one file each: `step(frame, plan)` computes an update's
loss, leaves its gradient in the LoRA's factors and returns the tensors that `studio probe` writes.

Conventions: σ_0 = 1 > … > σ_N = 0 is the sampler's grid, x_0 the noise, x_N the picture's latents, Δ_i = σ_{i+1} − σ_i.
"""

from . import draft, draft_lv, drtune, flowbp, grpo, leapalign, nft, refl

METHODS = {
    "refl": refl.step,
    "draft": draft.step,
    "draft-lv": draft_lv.step,
    "drtune": drtune.step,
    "leapalign": leapalign.step,
    "flowbp": flowbp.step,
    "grpo": grpo.step,
    "nft": nft.step,
}
