#include "common/row-by-workgroup.wgsl"
#include "rms-norm-rope/backward.wgsl"
