#include "common/row-by-workgroup.wgsl"
#include "rms-norm-rope/forward.wgsl"
