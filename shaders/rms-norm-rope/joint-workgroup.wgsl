#include "common/row-by-workgroup.wgsl"
#include "rms-norm-rope/joint.wgsl"
