// Tiles of flash attention: scores of 32 rows against 32 columns at a time, in registers, so that no matrix of scores is ever
// in memory. Rows and columns are tokens of one head; a token's channels are `heads·d` apart from the next one's.
//
// A workgroup is 8×8 invocations. Invocation (x, y) owns rows 4y..4y+3; of a tile of scores columns 4x..4x+3, of sums over the
// columns the channels 4x..4x+3 of each 32. Every function here is called by all of them.
// The file that includes this says what an operand is: load(operand, i) and store(operand, i, value).
struct Params {
  s: u32, // queries
  t: u32, // keys
  heads: u32,
  d: u32, // channels of a head
  scale: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
override CHUNKS: u32; // d in pieces of 32: 1 to 4

const TILE = 32u;
const DEPTH = 16u; // channels that are staged at once
const PITCH = 17u; // of their quads of rows; odd, so that reads of 8 rows meet no bank twice
const HALF = 136u; // 8 quads of rows, PITCH apart
const STEP = 8u; // tokens that are staged at once

var<workgroup> slices: array<vec4<f32>, 272>;
// What the rows weigh each column with: quads of rows, [column][row/4].
var<workgroup> weights: array<vec4<f32>, 256>;

// Numbers of 4 rows: one vector of 4 columns each.
alias Block = array<vec4<f32>, 4>;
// Sums of 4 rows over columns: element 4c + r is row r of the channels 32c + 4x..
alias Sums = array<vec4<f32>, 16>;

// Where tokens of an operand lie.
struct Tokens {
  operand: u32,
  origin: u32, // of the head in token 0
  length: u32,
}

fn tokens(operand: u32, length: u32, head: u32, batch: u32) -> Tokens {
  return Tokens(operand, (batch * length * params.heads + head) * params.d, length);
}

// Where four tokens begin; past the last one that again.
fn begins(source: Tokens, first: u32) -> vec4<u32> {
  return source.origin + min(first + vec4(0u, 1u, 2u, 3u), vec4(source.length - 1u)) * params.heads * params.d;
}

// DEPTH channels from k on of 32 tokens, as quads of tokens. Zero past the last channel.
fn stage_rows(source: Tokens, first: u32, k: u32, to: u32, lane: u32) {
  let depth = lane % DEPTH;
  let channel = min(k + depth, params.d - 1u);
  for (var quad = lane / DEPTH; quad < TILE / 4u; quad += 64u / DEPTH) {
    let i = begins(source, first + 4u * quad) + channel;
    let value = vec4(load(source.operand, i.x), load(source.operand, i.y), load(source.operand, i.z), load(source.operand, i.w));
    slices[to + quad * PITCH + depth] = select(vec4<f32>(), value, k + depth < params.d);
  }
}

// The dot products of 32 tokens of a with 32 of b: rows are a's, columns b's.
fn products(a: Tokens, a_first: u32, b: Tokens, b_first: u32, lane: u32) -> Block {
  let row = lane / 8u * PITCH;
  let column = HALF + lane % 8u * PITCH;
  var sum: Block;
  for (var k = 0u; k < params.d; k += DEPTH) {
    workgroupBarrier();
    stage_rows(a, a_first, k, 0u, lane);
    stage_rows(b, b_first, k, HALF, lane);
    workgroupBarrier();
    for (var i = 0u; i < min(DEPTH, params.d - k); i++) {
      let rows = slices[row + i];
      let columns = slices[column + i];
      sum[0] += rows.x * columns;
      sum[1] += rows.y * columns;
      sum[2] += rows.z * columns;
      sum[3] += rows.w * columns;
    }
  }
  return sum;
}

// Which of this invocation's columns there are.
fn within_length(first: u32, length: u32, lane: u32) -> vec4<bool> {
  return first + lane % 8u * 4u + vec4(0u, 1u, 2u, 3u) < vec4(length);
}

// Makes a tile the weights of `accumulate`.
fn set_weights(block: Block, lane: u32) {
  let columns = transpose(mat4x4(block[0], block[1], block[2], block[3]));
  let at = lane % 8u * 32u + lane / 8u;
  workgroupBarrier();
  weights[at] = columns[0];
  weights[at + 8u] = columns[1];
  weights[at + 16u] = columns[2];
  weights[at + 24u] = columns[3];
}

// sums += weights · tokens: the columns' tokens, from `first` on. Past the last one weights are zero.
fn accumulate(sums: ptr<function, Sums>, source: Tokens, first: u32, lane: u32) {
  let x = lane % 8u;
  let y = lane / 8u;
  for (var j = 0u; j < TILE; j += STEP) {
    workgroupBarrier();
    for (var i = lane; i < STEP * 8u * CHUNKS; i += 64u) {
      let token = min(first + j + i / (8u * CHUNKS), source.length - 1u);
      let channels = i % (8u * CHUNKS) * 4u + vec4(0u, 1u, 2u, 3u);
      let at = source.origin + token * params.heads * params.d + min(channels, vec4(params.d - 1u));
      slices[i] = vec4(load(source.operand, at.x), load(source.operand, at.y), load(source.operand, at.z), load(source.operand, at.w));
    }
    workgroupBarrier();
    for (var i = 0u; i < min(STEP, source.length - min(source.length, first + j)); i++) {
      let weight = weights[(j + i) * 8u + y];
      let at = i * 8u * CHUNKS + x;
      let v0 = slices[at];
      (*sums)[0] += weight.x * v0;
      (*sums)[1] += weight.y * v0;
      (*sums)[2] += weight.z * v0;
      (*sums)[3] += weight.w * v0;
      if (CHUNKS > 1u) {
        let v1 = slices[at + 8u];
        (*sums)[4] += weight.x * v1;
        (*sums)[5] += weight.y * v1;
        (*sums)[6] += weight.z * v1;
        (*sums)[7] += weight.w * v1;
      }
      if (CHUNKS > 2u) {
        let v2 = slices[at + 16u];
        (*sums)[8] += weight.x * v2;
        (*sums)[9] += weight.y * v2;
        (*sums)[10] += weight.z * v2;
        (*sums)[11] += weight.w * v2;
      }
      if (CHUNKS > 3u) {
        let v3 = slices[at + 24u];
        (*sums)[12] += weight.x * v3;
        (*sums)[13] += weight.y * v3;
        (*sums)[14] += weight.z * v3;
        (*sums)[15] += weight.w * v3;
      }
    }
  }
}

// Each row's sums times a factor.
fn scale_rows(sums: ptr<function, Sums>, factor: vec4<f32>) {
  (*sums)[0] *= factor.x;
  (*sums)[1] *= factor.y;
  (*sums)[2] *= factor.z;
  (*sums)[3] *= factor.w;
  if (CHUNKS > 1u) {
    (*sums)[4] *= factor.x;
    (*sums)[5] *= factor.y;
    (*sums)[6] *= factor.z;
    (*sums)[7] *= factor.w;
  }
  if (CHUNKS > 2u) {
    (*sums)[8] *= factor.x;
    (*sums)[9] *= factor.y;
    (*sums)[10] *= factor.z;
    (*sums)[11] *= factor.w;
  }
  if (CHUNKS > 3u) {
    (*sums)[12] *= factor.x;
    (*sums)[13] *= factor.y;
    (*sums)[14] *= factor.z;
    (*sums)[15] *= factor.w;
  }
}

// Writes the sums to 32 tokens, from `first` on.
fn store_rows(to: Tokens, first: u32, sums: Sums, lane: u32) {
  let row = first + lane / 8u * 4u;
  let x = lane % 8u;
  store_row(to, row, x, sums[0], sums[4], sums[8], sums[12]);
  store_row(to, row + 1u, x, sums[1], sums[5], sums[9], sums[13]);
  store_row(to, row + 2u, x, sums[2], sums[6], sums[10], sums[14]);
  store_row(to, row + 3u, x, sums[3], sums[7], sums[11], sums[15]);
}
fn store_row(to: Tokens, row: u32, x: u32, c0: vec4<f32>, c1: vec4<f32>, c2: vec4<f32>, c3: vec4<f32>) {
  if (row >= to.length) { return; }
  let at = to.origin + row * params.heads * params.d;
  store4(to.operand, at, 4u * x, c0);
  if (CHUNKS > 1u) { store4(to.operand, at, 32u + 4u * x, c1); }
  if (CHUNKS > 2u) { store4(to.operand, at, 64u + 4u * x, c2); }
  if (CHUNKS > 3u) { store4(to.operand, at, 96u + 4u * x, c3); }
}
fn store4(operand: u32, at: u32, channel: u32, value: vec4<f32>) {
  if (channel < params.d) { store(operand, at + channel, value.x); }
  if (channel + 1u < params.d) { store(operand, at + channel + 1u, value.y); }
  if (channel + 2u < params.d) { store(operand, at + channel + 2u, value.z); }
  if (channel + 3u < params.d) { store(operand, at + channel + 3u, value.w); }
}
