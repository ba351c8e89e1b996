#include "common/row-by-invocation.wgsl"
#include "rms-norm/forward.wgsl"
