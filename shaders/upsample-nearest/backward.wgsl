// Block sums of single numbers.
alias Element = f32;
#include "upsample-nearest/backward-body.wgsl"
