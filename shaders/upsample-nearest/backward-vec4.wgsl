// Block sums of four channels at a time.
alias Element = vec4<f32>;
#include "upsample-nearest/backward-body.wgsl"
