package org.m4fw.host;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.onnx.CompiledModel;

/** The table that a decoder's tokens are looked up in, as a graph of its own. */
final class TokenVectors implements AutoCloseable {
  private final OnnxSession session;
  private final ElementType type;

  private TokenVectors(OnnxSession session, ElementType type) {
    this.session = session;
    this.type = type;
  }

  static TokenVectors open(String name, CompiledModel model) {
    return new TokenVectors(
        OnnxSession.open(name, model, java.util.Optional.empty()), model.facts().arithmetic());
  }

  /**
   * The vectors of tokens.
   *
   * @param ids [batch, count], row-major
   * @param arena what the result lives in
   */
  StepInput.Vectors of(long[] ids, int batch, int count, int width, Arena arena)
      throws OrtException {
    ByteBuffer vectors = NativeTensor.allocate(arena, type, batch, count, width);
    try (OnnxTensor tokens = NativeTensor.longs(session.environment(), arena, ids, batch, count);
        OnnxTensor output =
            NativeTensor.over(session.environment(), vectors, type, batch, count, width);
        OrtSession.RunOptions options = session.runOptions()) {
      session
          .session()
          .run(Map.of(Decoder.IDS, tokens), Set.of(), Map.of(Decoder.VECTORS, output), options)
          .close();
    }
    return new StepInput.Vectors(vectors, type, count, width);
  }

  @Override
  public void close() {
    session.close();
  }
}
