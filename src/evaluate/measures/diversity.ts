/** @file How different pictures are from one another. */

/** Mean Euclidean distance ‖a − b‖ over all pairs of embeddings; null for fewer than two (evaluation.md, 2). */
export function meanDistance(embeddings: readonly Float32Array[]): number | null {
  let sum = 0;
  let pairs = 0;
  for (let i = 0; i < embeddings.length; i++) {
    for (let j = 0; j < i; j++) {
      let squares = 0;
      for (let k = 0; k < embeddings[i].length; k++) squares += (embeddings[i][k] - embeddings[j][k]) ** 2;
      sum += Math.sqrt(squares);
      pairs++;
    }
  }
  return pairs === 0 ? null : sum / pairs;
}
