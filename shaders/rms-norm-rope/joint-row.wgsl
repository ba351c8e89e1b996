#include "common/row-by-invocation.wgsl"
#include "rms-norm-rope/joint.wgsl"
