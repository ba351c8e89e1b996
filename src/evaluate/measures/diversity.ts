/** @file How different pictures are from one another. */

/** Mean of 1 − cosine over all pairs of embeddings of unit length; null for fewer than two. */
export function meanDistance(embeddings: readonly Float32Array[]): number | null {
  let sum = 0;
  let pairs = 0;
  for (let i = 0; i < embeddings.length; i++) {
    for (let j = 0; j < i; j++) {
      let dot = 0;
      for (let k = 0; k < embeddings[i].length; k++) dot += embeddings[i][k] * embeddings[j][k];
      sum += 1 - dot;
      pairs++;
    }
  }
  return pairs === 0 ? null : sum / pairs;
}
