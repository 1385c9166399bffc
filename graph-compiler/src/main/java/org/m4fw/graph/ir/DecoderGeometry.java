package org.m4fw.graph.ir;

/**
 * What one has to know to run a decoder graph with its cache.
 *
 * @param layers number of layers, each with one key and one value cache
 * @param heads number of query heads
 * @param keyValueHeads number of key and value heads
 * @param headWidth width of a head
 * @param width of the hidden state
 * @param vocabulary number of tokens
 * @param context the longest sequence, in tokens
 */
public record DecoderGeometry(
    int layers,
    int heads,
    int keyValueHeads,
    int headWidth,
    int width,
    int vocabulary,
    int context) {

  /** The same for another longest sequence. */
  public DecoderGeometry withContext(int tokens) {
    return new DecoderGeometry(layers, heads, keyValueHeads, headWidth, width, vocabulary, tokens);
  }
}
