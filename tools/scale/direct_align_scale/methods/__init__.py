"""The methods, one file each; docs/METHODS.md has their formulas.

Conventions: σ_0 = 1 > … > σ_N = 0 is the rollout's grid, x_0 the noise, x_N the picture's latents, Δ_i = σ_{i+1} − σ_i.
A method's step leaves the gradient of its loss in the LoRA's factors: the mean over the process's rows, so that the mean
over processes is that over the batch.
"""

from . import direct_align, draft, draft_lv, drtune, flowbp, grpo, leapalign, nft, refl, srpo

METHODS = {
    module.METHOD.id: module.METHOD
    for module in (srpo, direct_align, refl, draft, draft_lv, drtune, leapalign, flowbp, grpo, nft)
}
